// Phases and gates as people see them: what is open, what each closed one waits for, planned and
// actual times.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

// `waiting`: what it comes after is not open yet. `begun`: its tasks may start. `approval`: its
// tasks are done, and it waits for an approval. `open`: its gate is open.
enum class GateState { waiting, begun, approval, open };

template <>
struct EnumNames<GateState> {
  static constexpr std::array<std::string_view, 4> names{"waiting", "begun", "approval", "open"};
};

struct PhaseRow {
  std::string id = {};
  std::string title = {};
  bool is_phase = false;
  GateState state = GateState::begun;
  std::int64_t tasks = 0;
  std::int64_t over = 0;
  std::int64_t running = 0;
  std::string waits = {};
  std::string remedy = {};
  std::vector<std::string> after = {};
  std::vector<std::string> participants = {};
  std::string approver = {};
  std::string approved_by = {};
  std::string approval_reason = {};
  std::optional<Instant> planned_start_ms = {};
  std::optional<Instant> planned_end_ms = {};
  std::optional<Instant> started_ms = {};
  std::optional<Instant> opened_ms = {};

  bool operator==(const PhaseRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("id", &PhaseRow::id, "Its id", always),
        field("title", &PhaseRow::title, "One line", shown),
        field("is_phase", &PhaseRow::is_phase, "false: a gate between named tasks", always),
        field("state", &PhaseRow::state, "waiting, begun, approval or open", always),
        field("tasks", &PhaseRow::tasks, "That it waits for, cancelled ones too", always),
        field("over", &PhaseRow::over, "Of these, done or cancelled", always),
        field(
            "running",
            &PhaseRow::running,
            "Under a live lease: of these, and of what is below them",
            always
        ),
        field("waits", &PhaseRow::waits, "\"waits for a (ready)\"; empty when open", shown),
        field("remedy", &PhaseRow::remedy, "What would change it", shown),
        field("after", &PhaseRow::after, "Phases and gates it comes after", shown),
        field("participants", &PhaseRow::participants, "Who takes part, or meets here", shown),
        field("approver", &PhaseRow::approver, "Whose approval it waits for", shown),
        field("approved_by", &PhaseRow::approved_by, "Who approved", shown),
        field("approval_reason", &PhaseRow::approval_reason, "Why", shown),
        field("planned_start_ms", &PhaseRow::planned_start_ms, "Planned", shown),
        field("planned_end_ms", &PhaseRow::planned_end_ms, "Planned", shown),
        field(
            "started_ms",
            &PhaseRow::started_ms,
            "The first claim of a task of its own, log time",
            shown
        ),
        field("opened_ms", &PhaseRow::opened_ms, "When its gate opened, log time", shown),
    };
  }
};

struct PhaseListView {
  std::vector<PhaseRow> phases = {};

  static constexpr auto fields() {
    return std::tuple{
        field("phases", &PhaseListView::phases, "Phases and gates, as they were described", always),
    };
  }
};

PhaseListView phases_view(const Pool& pool);

}  // namespace evener
