// Schedules as people see them: what each brings, when, and what of it is open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

// `waits`: for a fact, or for its time. `open`: for its instance to be over.
enum class ScheduleState { waits, open, stopped };

template <>
struct EnumNames<ScheduleState> {
  static constexpr std::array<std::string_view, 3> names{"waits", "open", "stopped"};
};

struct ScheduleRow {
  std::string id = {};
  ScheduleState state = ScheduleState::waits;
  std::string title = {};
  std::optional<Millis> every_ms = {};
  std::vector<std::string> on = {};
  std::int64_t made = 0;
  std::vector<std::string> open = {};
  std::optional<Instant> last_at = {};
  std::optional<Instant> next_at = {};
  bool wanted = false;

  bool operator==(const ScheduleRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("id", &ScheduleRow::id, "Its id", always),
        field("state", &ScheduleRow::state, "waits, open or stopped", always),
        field("title", &ScheduleRow::title, "Of its tasks", shown),
        field("every_ms", &ScheduleRow::every_ms, "Its interval", shown),
        field("on", &ScheduleRow::on, "What calls for an instance", shown),
        field("made", &ScheduleRow::made, "The number of its newest instance", always),
        field("open", &ScheduleRow::open, "Its instances that are not over", shown),
        field("last_at", &ScheduleRow::last_at, "When the newest was added, log time", shown),
        field(
            "next_at",
            &ScheduleRow::next_at,
            "When the next is due; not before these are over",
            shown
        ),
        field("wanted", &ScheduleRow::wanted, "One more was called for meanwhile", shown),
    };
  }
};

struct ScheduleListView {
  std::vector<ScheduleRow> schedules = {};
  Instant log_time = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("schedules", &ScheduleListView::schedules, "By id", always),
        field(
            "log_time", &ScheduleListView::log_time, "Milliseconds since 1970, by the log", always
        ),
    };
  }
};

ScheduleListView schedules_view(const Pool& pool);

}  // namespace evener
