#include "views/locks.h"

#include <algorithm>
#include <set>

#include "views/tasks.h"

namespace evener {
namespace {

HeldLock held_lock(const Pool& pool, TaskIndex task, const LockWish& wish, Instant now) {
  HeldLock row{
      .lock = wish.name,
      .is_path = wish.glob.has_value(),
      .shared = wish.is_shared,
      .units = wish.units,
      .task = pool.state().task(task).id,
      .title = title_of(pool.state(), task)
  };
  if (const std::optional<LeaseRow> lease = lease_of(pool, task, now)) {
    row.worker = lease->worker;
    row.since = lease->started;
    row.expires = lease->expires;
    row.left_ms = lease->left_ms;
  }
  return row;
}

LockWaiter waiter(const Pool& pool, TaskIndex index, const LockObstacle& obstacle) {
  const State& state = pool.state();
  LockWaiter row{
      .task = state.task(index).id,
      .title = title_of(state, index),
      .since = state.task(index).since,
      .wants = obstacle.wanted.text(),
      .held = obstacle.held.text(),
      .by_task = state.task(obstacle.task).id,
      .kept = obstacle.is_kept
  };
  if (const Attempt* const attempt = state.find_attempt(obstacle.task); !obstacle.is_kept) {
    row.by_worker = state.worker(attempt->worker).spec.name;
  }
  return row;
}

// Whoever a task that took `who` for itself would meet: as a path, and as a resource.
std::set<TaskIndex> holders_of(const Pool& pool, const std::string& who) {
  std::set<TaskIndex> out;
  LockWish wish{.units = INT32_MAX, .name = who};
  for (const LockObstacle& held : pool.locks().holders_of(wish)) out.insert(held.task);
  if (Result<PathGlob> path = PathGlob::exactly(who); path.ok()) {
    wish.name = path->text();
    wish.glob = std::move(*path);
    for (const LockObstacle& held : pool.locks().holders_of(wish)) out.insert(held.task);
  }
  return out;
}

// Whether this wish of a holder is what was asked about.
bool is_about(const LockWish& wish, const std::string& who) {
  if (who.empty()) return true;
  return wish.glob ? matches(*wish.glob, who) : wish.name == who;
}

}  // namespace

LocksView locks_view(const Pool& pool, const std::string& who, std::int64_t limit, Instant now) {
  const State& state = pool.state();
  const std::size_t most = limit == 0 ? SIZE_MAX : static_cast<std::size_t>(limit);
  std::set<TaskIndex> holders;
  if (who.empty()) {
    for (const auto& [task, attempt] : state.attempts) {
      if (pool.locks().is_holding(task)) holders.insert(task);
    }
  } else {
    holders = holders_of(pool, who);
  }
  LocksView view;
  for (const TaskIndex task : holders) {
    const LockWishes& wishes = state.lock_sets.wishes(state.task(task).locks);
    for (const LockWish& wish : readable_wishes(wishes)) {
      if (is_about(wish, who)) view.held.push_back(held_lock(pool, task, wish, now));
    }
  }
  std::sort(view.held.begin(), view.held.end(), [](const HeldLock& a, const HeldLock& b) {
    return std::tie(a.lock, a.task) < std::tie(b.lock, b.task);
  });
  view.held_total = std::ssize(view.held);
  if (view.held.size() > most) view.held.resize(most);

  std::vector<TaskIndex> parked = pool.ready().all_parked();
  std::sort(parked.begin(), parked.end(), [&](TaskIndex a, TaskIndex b) {
    return Age{state.task(a).since, a} < Age{state.task(b).since, b};
  });
  for (const TaskIndex task : parked) {
    const LockWishes& wishes = state.lock_sets.wishes(state.task(task).locks);
    const std::size_t looked_at = who.empty() ? 1 : SIZE_MAX;
    for (const LockObstacle& obstacle : pool.locks().obstacles(task, wishes, looked_at)) {
      if (!who.empty() && !holders.contains(obstacle.task)) continue;
      ++view.waiting_total;
      if (view.waiting.size() < most) view.waiting.push_back(waiter(pool, task, obstacle));
      break;
    }
  }
  return view;
}

}  // namespace evener
