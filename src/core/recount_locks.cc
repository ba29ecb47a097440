// What is held, kept and parked, computed again by plain loops over all that run and wait.
#include <fmt/ranges.h>

#include <algorithm>

#include "core/recount.h"

namespace evener {

bool Recount::is_above(TaskIndex above, TaskIndex below) const {
  for (TaskIndex at = below; at != no_task; at = state_.task(at).parent) {
    if (at == above) return true;
  }
  return false;
}

void Recount::count_holders() {
  const Locks& locks = pool_.locks_;
  std::size_t holding = 0;
  for (const auto& [index, attempt] : state_.attempts) {
    const Task& task = state_.task(index);
    const bool must_hold = !attempt.lapsed && task.locks != no_locks;
    holding += must_hold ? 1U : 0U;
    compare(task.id + ", holds its locks", locks.is_holding(index), must_hold);
    if (must_hold && locks.is_holding(index)) {
      compare(task.id + ", which", locks.holders_.at(index).value, task.locks.value);
    }
  }
  compare("tasks that hold locks", locks.holder_count(), holding);
  for (const auto& [a, set] : locks.holders_) {
    const std::vector<LockObstacle> found = locks.held_against(
        state_.lock_sets.wishes(set), [&](TaskIndex b) { return is_above(a, b) || is_above(b, a); }
    );
    for (const LockObstacle& obstacle : found) {
      // The pool may have been given less of a resource than is in use.
      const bool is_counted =
          !obstacle.wanted.glob && !obstacle.wanted.is_shared && !obstacle.held.is_shared;
      require(
          is_counted,
          fmt::format("{} and {} run at once", state_.task(a).id, state_.task(obstacle.task).id)
      );
    }
  }
}

// Every name's counts, from the wishes of those who hold.
void Recount::count_names() {
  const Locks& locks = pool_.locks_;
  for (const auto& [task, set] : locks.holders_) {
    for (LockWish& wish : readable_wishes(state_.lock_sets.wishes(set))) {
      held_.emplace_back(task, std::move(wish));
    }
  }
  std::size_t in_use = 0;
  for (const Locks::Name& name : locks.names_) {
    if (name.wished == 0) continue;
    ++in_use;
    std::int64_t exclusive = 0;
    std::int64_t shared = 0;
    std::set<TaskIndex> holders;
    for (const auto& [task, wish] : held_) {
      if (wish.glob.has_value() != name.glob.has_value()) continue;
      if (wish.glob ? !overlap(*wish.glob, *name.glob) : wish.name != name.text) continue;
      (wish.is_shared ? shared : exclusive) += wish.units;
      if (wish.name == name.text) holders.insert(task);
    }
    compare(name.text + ", held against it", name.exclusive, exclusive);
    compare(name.text + ", shared", name.shared, shared);
    require(name.holders == holders, name.text + ": its holders are others");
  }
  compare("names of locks", locks.globs_.size() + locks.resources_.size(), in_use);
}

// Whether no wish of one is in the way of one of the other; of every resource there is one unit.
bool Recount::are_apart(const std::vector<LockWish>& a, const std::vector<LockWish>& b) const {
  return std::none_of(a.begin(), a.end(), [&](const LockWish& wish) {
    return std::any_of(b.begin(), b.end(), [&](const LockWish& other) {
      return conflict(wish, other, 1);
    });
  });
}

// Whether something is in the way of the task; the naive form of Bundles::must_wait.
bool Recount::must_wait(TaskIndex index, const std::vector<TaskIndex>& kept) const {
  const Task& task = state_.task(index);
  const std::vector<LockWish> wishes = readable_wishes(state_.lock_sets.wishes(task.locks));
  for (const LockWish& wish : wishes) {
    std::int64_t units = wish.units;
    for (const auto& [other, held] : held_) {
      const bool is_same = !held.glob && !wish.glob && held.name == wish.name;
      if (wish.glob && held.glob ? !overlap(*wish.glob, *held.glob) : !is_same) continue;
      if (is_above(other, index) || (wish.is_shared && held.is_shared)) continue;
      if (wish.glob || wish.is_shared || held.is_shared) return true;
      units += held.units;
    }
    const std::int64_t capacity = capacity_of(pool_.locks_.capacities(), wish.name);
    if (!wish.glob && !wish.is_shared && units > capacity) return true;
  }
  // Units that are kept for somebody are not counted against what there is.
  return std::any_of(kept.begin(), kept.end(), [&](TaskIndex other) {
    const Task& older = state_.task(other);
    if (!(Age{older.since, other} < Age{task.since, index})) return false;
    return !are_apart(wishes, readable_wishes(state_.lock_sets.wishes(older.locks)));
  });
}

// Tasks for which locks are kept: ready for longer than the age limit, and somebody may take them.
std::vector<TaskIndex> Recount::count_kept() {
  std::vector<TaskIndex> kept;
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    if (!pool_.ready_.is_ready(index) || task.locks == no_locks || task.is_lock) return;
    if (task.since > pool_.now_ - state_.settings.age_limit_ms) return;
    const bool is_open = pool_.ready_.groups_[pool_.ready_.group_of_[index.value]]->key.open;
    const bool has_taker =
        std::any_of(state_.workers.begin(), state_.workers.end(), [&](const Worker& worker) {
          return worker.is_employed() && state_.covers(worker.capabilities, task.capabilities) &&
                 (is_open || is_meant_for(task.assignee, worker));
        });
    if (has_taker) kept.push_back(index);
  });
  std::vector<TaskIndex> known;
  for (const auto& [task, set] : pool_.locks_.kept_sets_) known.push_back(task);
  std::sort(known.begin(), known.end());
  // Time may have passed that advance() was not told of.
  if (pool_.ready_.next_change() == 0 || pool_.ready_.next_change() > pool_.now_) {
    compare("tasks for which locks are kept", known.size(), kept.size());
    require(known == kept, "locks are kept for other tasks");
  }
  return known;
}

void Recount::check_bundles(const std::vector<TaskIndex>& kept) {
  const Bundles& bundles = pool_.ready_.bundles_;
  std::map<LockSet, std::size_t> enrolled;
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    const bool belongs = pool_.ready_.is_ready(index) && task.locks != no_locks;
    compare(task.id + ", is in a bundle", bundles.contains(index), belongs);
  });
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < bundles.of_.size(); ++i) {
    const std::uint32_t number = bundles.of_[i];
    if (number == Bundles::none) continue;
    const Bundles::Bundle& bundle = *bundles.bundles_[number];
    const Task& task = state_.task(TaskIndex{i});
    compare(task.id + ", locks of its bundle", bundle.set.value, task.locks.value);
    const TaskIndex kin = pool_.locks_.kin_of(TaskIndex{i});
    compare(task.id + ", kin of its bundle", bundle.kin.value, kin.value);
    if (!seen.insert(number).second) continue;
    ++enrolled[bundle.set];
    const TaskIndex oldest = bundle.oldest.head().task;
    compare(task.id + ", is parked", bundle.is_parked, must_wait(oldest, kept));
  }
  for (const auto& [task, set] : pool_.locks_.holders_) ++enrolled[set];
  for (const auto& [task, set] : pool_.locks_.kept_sets_) ++enrolled[set];
  compare("enrolled sets of locks", pool_.locks_.enrolled_.size(), enrolled.size());
  for (const auto& [set, count] : enrolled) {
    const auto found = pool_.locks_.enrolled_.find(set);
    const std::size_t known = found == pool_.locks_.enrolled_.end() ? 0 : found->second.count;
    compare(fmt::format("uses of set {}", set.value), known, count);
  }
}

void Recount::check_locks() {
  count_holders();
  count_names();
  check_bundles(count_kept());
}

}  // namespace evener
