#include "views/dashboard.h"

namespace evener {

std::vector<DashboardRow> dashboard_rows(const Pool& pool) {
  const State& state = pool.state();
  std::vector<DashboardRow> rows;
  rows.reserve(state.tasks.size());
  for (std::uint32_t i = 0; i < state.tasks.size(); ++i) {
    const TaskIndex index{i};
    const Task& task = state.task(index);
    DashboardRow row{.id = task.id, .state = pool.state_of(index)};
    if (task.stage != Stage::open && task.worker != no_worker) {
      row.worker = state.worker(task.worker).spec.name;
    }
    if (row.state == TaskState::running) row.started_at = state.find_attempt(index)->started;
    if (row.state == TaskState::done) row.completed_at = task.since;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace evener
