#include "views/status.h"

#include <algorithm>
#include <map>

#include "core/conditions.h"
#include "core/relief.h"
#include "views/attention.h"
#include "views/inbox.h"
#include "views/order.h"
#include "views/tasks.h"

namespace evener {
namespace {

// What states the locks are in that nobody has yet. They were added last, most likely.
std::map<TaskState, std::int64_t> open_locks(const Pool& pool) {
  std::map<TaskState, std::int64_t> counts;
  std::size_t left = pool.locks_in(Stage::open);
  for (std::size_t i = pool.state().tasks.size(); left > 0 && i > 0; --i) {
    const TaskIndex index{static_cast<std::uint32_t>(i - 1)};
    const Task& task = pool.state().task(index);
    if (!task.is_lock || task.stage != Stage::open) continue;
    ++counts[pool.state_of(index)];
    --left;
  }
  return counts;
}

// A lock is no work: neither to be done, nor done.
TaskCounts task_counts(const Pool& pool) {
  std::map<TaskState, std::int64_t> locks = open_locks(pool);
  const auto locks_in = [&](Stage stage) {
    return static_cast<std::int64_t>(pool.locks_in(stage));
  };
  locks[TaskState::running] = locks_in(Stage::running);
  locks[TaskState::done] = locks_in(Stage::done);
  locks[TaskState::failed] = locks_in(Stage::failed);
  locks[TaskState::cancelled] = locks_in(Stage::cancelled);
  TaskCounts counts{.stuck = static_cast<std::int64_t>(stuck_count(pool))};
  const auto count = [&](TaskState state) {
    const std::int64_t number = static_cast<std::int64_t>(pool.count(state)) - locks[state];
    counts.total += number;
    return number;
  };
  counts.waiting = count(TaskState::waiting);
  counts.ready = count(TaskState::ready);
  counts.running = count(TaskState::running);
  counts.done = count(TaskState::done);
  counts.failed = count(TaskState::failed);
  counts.cancelled = count(TaskState::cancelled);
  counts.held = count(TaskState::held);
  return counts;
}

WorkerCounts worker_counts(const Pool& pool, Instant now) {
  WorkerCounts counts;
  for (std::uint32_t i = 0; i < pool.state().workers.size(); ++i) {
    const WorkerIndex index{i};
    switch (liveness_of(pool, index, now)) {
      case Liveness::live:
        ++counts.live;
        break;
      case Liveness::quiet:
        ++counts.quiet;
        break;
      case Liveness::lost:
        ++counts.lost;
        break;
    }
    const Worker& worker = pool.state().worker(index);
    if (worker.draining) ++counts.draining;
    if (worker.health.is_set_aside()) ++counts.set_aside;
    const bool stalls =
        std::any_of(worker.holding.begin(), worker.holding.end(), [&](TaskIndex task) {
          return stalled_since(pool, task, now) != 0;
        });
    if (stalls) ++counts.stalled;
  }
  return counts;
}

std::vector<RunningRow> running_rows(const Pool& pool, std::size_t most, Instant now) {
  const State& state = pool.state();
  std::vector<std::pair<Instant, TaskIndex>> oldest;
  for (const auto& [task, lease] : pool.vitals().leases()) {
    if (state.task(task).is_lock) continue;
    oldest.emplace_back(state.find_attempt(task)->started, task);
  }
  const auto end = oldest.begin() + static_cast<std::ptrdiff_t>(std::min(most, oldest.size()));
  std::partial_sort(oldest.begin(), end, oldest.end());
  std::vector<RunningRow> rows;
  for (auto at = oldest.begin(); at != end; ++at) {
    const TaskIndex task = at->second;
    const Attempt& attempt = *state.find_attempt(task);
    const Vitals::Lease& lease = *pool.vitals().find(task);
    rows.push_back(
        {.task = state.task(task).id,
         .title = title_of(state, task),
         .worker = state.worker(attempt.worker).spec.name,
         .fence = attempt.fence,
         .attempt = attempt.number,
         .elapsed_ms = std::max<Millis>(0, now - attempt.started),
         .lease_left_ms = std::max<Millis>(0, lease.expires - now),
         .progress = lease.progress,
         .stalled_since = {},
         .left = left_of(pool, task, now)}
    );
    if (const Instant since = stalled_since(pool, task, now); since != 0) {
      rows.back().stalled_since = since;
    }
  }
  return rows;
}

std::vector<NextRow> next_rows(const Pool& pool, std::size_t most, Instant now) {
  const State& state = pool.state();
  std::vector<NextRow> rows;
  for (const TaskIndex index : some_ready(pool, most, now)) {
    const Task& task = state.task(index);
    rows.push_back(
        {.task = task.id,
         .title = title_of(state, index),
         .priority = task.priority,
         .ready_for_ms = std::max<Millis>(0, now - task.since),
         .path_ms = pool.paths().length(index),
         .expected = expected_of(pool, index)}
    );
  }
  return rows;
}

}  // namespace

std::optional<ReliefRow> relief_row(const Pool& pool, Instant now) {
  std::optional<Relief> found = best_relief(pool, now);
  if (!found) return std::nullopt;
  return ReliefRow{
      .cause = std::move(found->cause),
      .text = std::move(found->text),
      .command = std::move(found->command),
      .frees = static_cast<std::int64_t>(found->frees),
      .open = static_cast<std::int64_t>(found->open)
  };
}

std::vector<LeaderRow> leader_rows(const Pool& pool, std::size_t most) {
  std::vector<LeaderRow> rows;
  for (const auto& [worker, roles] : pool.unread().leads()) {
    for (const std::string& role : roles_led(pool, worker)) {
      rows.push_back({role, pool.state().worker(worker).spec.name});
    }
  }
  std::sort(rows.begin(), rows.end(), [](const LeaderRow& a, const LeaderRow& b) {
    return std::tie(a.role, a.worker) < std::tie(b.role, b.worker);
  });
  if (rows.size() > most) rows.resize(most);
  return rows;
}

StatusView status_view(const Pool& pool, Instant now, const StatusLimits& limits) {
  Attention attention = attention_of(pool, limits.attention, now);
  add_deadlines(pool, limits.attention, now, attention);
  StatusView view{
      .pool = pool.state().pool,
      .card = pool.state().card,
      .last = pool.state().last,
      .log_time = now,
      .tasks = task_counts(pool),
      .workers = worker_counts(pool, now),
      .running = running_rows(pool, limits.running, now),
      .attention = std::move(attention.rows),
      .attention_total = attention.total,
      .next = next_rows(pool, limits.next, now),
      .relief = relief_row(pool, now),
      .leaders = leader_rows(pool, limits.leaders)
  };
  view.measures_total = static_cast<std::int64_t>(pool.state().records.measures.size());
  view.measures = some_measures(pool.state(), limits.measures);
  view.forecast = forecast_of(pool, now);
  view.percent_done = percent_of(view.tasks.done, view.tasks.total - view.tasks.cancelled);
  return view;
}

}  // namespace evener
