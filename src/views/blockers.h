// Open blockers as people see them, the gravest first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

struct BlockerRow {
  BlockerId blocker = 0;
  std::string task = {};
  std::string text = {};
  Priority severity = Priority::normal;
  Stops stops = Stops::start;
  std::string owner = {};
  std::string reporter = {};
  Millis open_for_ms = 0;
  std::string asked = {};
  std::int64_t level = 0;
  std::optional<Millis> escalates_in_ms = {};
  std::string escalates_to = {};
  std::int64_t waiting = 0;

  bool operator==(const BlockerRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("blocker", &BlockerRow::blocker, "Its number", always),
        field("task", &BlockerRow::task, "On this task", always),
        field("text", &BlockerRow::text, "What stands in the way", always),
        field("severity", &BlockerRow::severity, "How grave it is", always),
        field("stops", &BlockerRow::stops, "start, finish or nothing", always),
        field("owner", &BlockerRow::owner, "Who must act, if known", shown),
        field("reporter", &BlockerRow::reporter, "Who raised it", always),
        field("open_for_ms", &BlockerRow::open_for_ms, "Since it was raised", always),
        field("asked", &BlockerRow::asked, "Whom the last escalation asked", shown),
        field("level", &BlockerRow::level, "How often it has escalated", shown),
        field("escalates_in_ms", &BlockerRow::escalates_in_ms, "Until the next time", shown),
        field("escalates_to", &BlockerRow::escalates_to, "Who is asked then", shown),
        field("waiting", &BlockerRow::waiting, "Open tasks that need this one", shown),
    };
  }
};

struct BlockerListView {
  std::vector<BlockerRow> blockers = {};

  static constexpr auto fields() {
    return std::tuple{
        field("blockers", &BlockerListView::blockers, "Open ones, the gravest first", always),
    };
  }
};

BlockerListView blockers_view(const Pool& pool, Instant now);

// The same of one task.
std::vector<BlockerRow> blockers_of(const Pool& pool, TaskIndex task, Instant now);

}  // namespace evener
