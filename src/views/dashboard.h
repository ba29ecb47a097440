// The pool as rows of the framework's dashboard file (formats/dashboard.h writes it).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"

namespace evener {

// `worker` holds the task, or did it. `started_at` is known while it runs; what was over before
// stands in the log and not in memory.
struct DashboardRow {
  std::string id = {};
  TaskState state = TaskState::waiting;
  std::string worker = {};
  std::optional<Instant> started_at = {};
  std::optional<Instant> completed_at = {};

  bool operator==(const DashboardRow&) const = default;
};

// All tasks, in the order in which they were added.
std::vector<DashboardRow> dashboard_rows(const Pool& pool);

}  // namespace evener
