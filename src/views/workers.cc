#include "views/workers.h"

#include <algorithm>

#include "core/reports.h"
#include "core/worker_conditions.h"
#include "views/inbox.h"

namespace evener {
namespace {

// What it named itself goes first.
std::vector<std::string> offered_by(const State& state, const Worker& worker) {
  std::vector<std::string> out = worker.spec.capabilities;
  for (const std::string& offered : state.capabilities(worker.capabilities)) {
    if (std::find(out.begin(), out.end(), offered) == out.end()) out.push_back(offered);
  }
  return out;
}

}  // namespace

WorkerRow row_of(const Pool& pool, WorkerIndex index, Instant now) {
  const State& state = pool.state();
  const Worker& worker = state.worker(index);
  WorkerRow row{
      .name = worker.spec.name,
      .machine = worker.spec.machine,
      .team = worker.spec.team,
      .role = worker.spec.role,
      .capabilities = offered_by(state, worker),
      .slots = worker.spec.slots,
      .liveness = liveness_of(pool, index, now),
      .draining = worker.draining,
      .drain_reason = worker.drain_reason,
      .slots_taken = static_cast<std::int64_t>(slots_taken(state, worker)),
      .unheard_ms = unheard_for(pool, index, now),
      .done = worker.done,
      .failed = worker.failed,
      .released = worker.released,
      .lapsed = worker.lapsed,
      .unread = pool.unread().of(index).all,
      .urgent = pool.unread().of(index).urgent,
      .report_overdue_ms = report_overdue_for(pool, index, now),
      .leads = roles_led(pool, index)
  };
  if (worker.health.is_set_aside()) {
    row.set_aside_until = worker.health.until;
    row.set_aside_reason = worker.health.reason;
    row.may_try_one = !worker.draining && worker.health.takes_work(now);
    if (worker.health.probe != no_task) row.probe = state.task(worker.health.probe).id;
  }
  for (const TaskIndex task : worker.holding) {
    row.holding.push_back(state.task(task).id);
    const Instant since = stalled_since(pool, task, now);
    if (since == 0) continue;
    row.stalled.push_back(state.task(task).id);
    row.stalled_since = std::min(row.stalled_since.value_or(since), since);
  }
  return row;
}

WorkerListView workers_view(
    const Pool& pool, Instant now, const std::string& after, std::int64_t limit
) {
  const State& state = pool.state();
  const auto name = [&](WorkerIndex index) -> const std::string& {
    return state.worker(index).spec.name;
  };
  std::vector<WorkerIndex> behind;
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    if (after.empty() || name(WorkerIndex{i}) > after) behind.push_back(WorkerIndex{i});
  }
  std::sort(behind.begin(), behind.end(), [&](WorkerIndex a, WorkerIndex b) {
    return name(a) < name(b);
  });
  WorkerListView view{.total = static_cast<std::int64_t>(state.workers.size())};
  const std::size_t most = limit == 0 ? SIZE_MAX : static_cast<std::size_t>(limit);
  for (const WorkerIndex index : behind) {
    if (view.workers.size() == most) {
      view.next = view.workers.back().name;
      break;
    }
    view.workers.push_back(row_of(pool, index, now));
  }
  return view;
}

WorkerListView worker_alone(const Pool& pool, const std::string& name, Instant now) {
  WorkerListView view{.total = static_cast<std::int64_t>(pool.state().workers.size())};
  const WorkerIndex worker = pool.state().find_worker(name);
  if (worker != no_worker) view.workers.push_back(row_of(pool, worker, now));
  return view;
}

}  // namespace evener
