#include "core/bundles.h"

#include <algorithm>

namespace evener {

// ---- tasks come and go -------------------------------------------------------------------------

Age Bundles::age_of(TaskIndex task) const {
  return {bundles_[of_[task.value]]->oldest.key(task).since, task};
}

std::uint32_t Bundles::bundle_for(std::uint32_t group, TaskIndex task) {
  const LockSet set = state_.task(task).locks;
  const TaskIndex kin = locks_.kin_of(task);
  const std::uint32_t next =
      free_.empty() ? static_cast<std::uint32_t>(bundles_.size()) : free_.back();
  const auto [found, is_new] = by_key_.try_emplace({group, set, kin}, next);
  if (!is_new) return found->second;
  auto bundle = std::make_unique<Bundle>(Bundle{
      .group = group,
      .set = set,
      .kin = kin,
      .best = IndexedHeap<OrderKey>(best_positions_),
      .oldest = IndexedHeap<OrderKey>(oldest_positions_)
  });
  if (free_.empty()) {
    bundles_.push_back(std::move(bundle));
  } else {
    free_.pop_back();
    bundles_[next] = std::move(bundle);
  }
  by_set_[set].insert(next);
  if (kin != no_task) with_kin_.insert(next);
  locks_.enrol(set);
  return next;
}

void Bundles::drop(std::uint32_t number) {
  const Bundle& bundle = *bundles_[number];
  const LockSet set = bundle.set;
  by_key_.erase({bundle.group, set, bundle.kin});
  const auto same = by_set_.find(set);
  same->second.erase(number);
  if (same->second.empty()) by_set_.erase(same);
  with_kin_.erase(number);
  bundles_[number].reset();
  free_.push_back(number);
  locks_.withdraw(set);
}

void Bundles::insert(
    std::uint32_t group,
    const GroupKey& key,
    const OrderKey& best,
    const OrderKey& oldest,
    bool is_aged
) {
  const TaskIndex task = best.task;
  if (!groups_.contains(group)) {
    groups_.emplace(group, Group(key, best_head_positions_, oldest_head_positions_));
  }
  if (of_.size() <= task.value) of_.resize(state_.tasks.size(), none);
  const std::uint32_t number = bundle_for(group, task);
  of_[task.value] = number;
  Bundle& bundle = *bundles_[number];
  const bool is_new = bundle.best.empty();
  unlist(bundle);
  bundle.best.insert(best);
  bundle.oldest.insert(oldest);
  ++groups_.at(group).size;
  if (bundle.is_parked) ++groups_.at(group).parked_size;
  if (is_new) set_parked(number, must_wait(bundle));
  list(bundle);
  judge_if_kept(number);
  if (is_aged) set_aged(task, true);
}

void Bundles::erase(TaskIndex task) {
  set_aged(task, false);
  const std::uint32_t number = of_[task.value];
  of_[task.value] = none;
  Bundle& bundle = *bundles_[number];
  Group& group = groups_.at(bundle.group);
  unlist(bundle);
  bundle.best.erase(task);
  bundle.oldest.erase(task);
  --group.size;
  if (bundle.is_parked) --group.parked_size;
  if (bundle.best.empty()) {
    set_parked(number, false);
    drop(number);
  } else {
    list(bundle);
    judge_if_kept(number);
  }
}

void Bundles::reorder(const OrderKey& best) {
  Bundle& bundle = *bundles_[of_[best.task.value]];
  if (bundle.best.key(best.task) == best) return;
  unlist(bundle);
  bundle.best.erase(best.task);
  bundle.best.insert(best);
  list(bundle);
}

// ---- heads -------------------------------------------------------------------------------------

void Bundles::list(Bundle& bundle) {
  if (bundle.is_parked || bundle.best.empty()) return;
  Group& group = groups_.at(bundle.group);
  group.best.insert(bundle.best.head());
  group.oldest.insert(bundle.oldest.head());
  bundle.listed_best = bundle.best.head().task;
  bundle.listed_oldest = bundle.oldest.head().task;
  changed_groups_.push_back(bundle.group);
}

void Bundles::unlist(Bundle& bundle) {
  if (bundle.listed_best == no_task) return;
  Group& group = groups_.at(bundle.group);
  group.best.erase(bundle.listed_best);
  group.oldest.erase(bundle.listed_oldest);
  bundle.listed_best = no_task;
  bundle.listed_oldest = no_task;
  changed_groups_.push_back(bundle.group);
}

const Bundles::Group* Bundles::find(std::uint32_t group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

const OrderKey* Bundles::best(std::uint32_t group) const {
  const Group* const found = find(group);
  return found == nullptr || found->best.empty() ? nullptr : &found->best.head();
}

const OrderKey* Bundles::oldest(std::uint32_t group) const {
  const Group* const found = find(group);
  return found == nullptr || found->oldest.empty() ? nullptr : &found->oldest.head();
}

std::size_t Bundles::size(std::uint32_t group) const {
  const Group* const found = find(group);
  return found == nullptr ? 0 : found->size;
}

std::size_t Bundles::parked_size(std::uint32_t group) const {
  const Group* const found = find(group);
  return found == nullptr ? 0 : found->parked_size;
}

std::vector<TaskIndex> Bundles::some_parked(std::uint32_t group, std::size_t most) const {
  std::vector<TaskIndex> out;
  const Group* const found = find(group);
  if (found == nullptr) return out;
  for (const std::uint32_t bundle : found->parked) {
    if (out.size() == most) break;
    out.push_back(bundles_[bundle]->best.head().task);
  }
  return out;
}

std::vector<TaskIndex> Bundles::all_parked() const {
  std::vector<TaskIndex> out;
  for (const auto& [number, group] : groups_) {
    for (const std::uint32_t bundle : group.parked) {
      for (const OrderKey& key : bundles_[bundle]->best.keys()) out.push_back(key.task);
    }
  }
  return out;
}

std::vector<std::uint32_t> Bundles::take_changed_groups() {
  std::vector<std::uint32_t> changed;
  changed.swap(changed_groups_);
  return changed;
}

std::vector<TaskIndex> Bundles::take_unparked() {
  std::vector<TaskIndex> unparked;
  unparked.swap(unparked_);
  return unparked;
}

// ---- parking -----------------------------------------------------------------------------------

bool Bundles::must_wait(const Bundle& bundle) const {
  if (locks_.is_blocked(bundle.set, bundle.kin)) return true;
  if (!locks_.keeps_any()) return false;
  const std::optional<Age> kept = locks_.kept_before(bundle.set);
  const OrderKey& oldest = bundle.oldest.head();
  return kept && *kept < Age{oldest.since, oldest.task};
}

void Bundles::set_parked(std::uint32_t number, bool is_parked) {
  Bundle& bundle = *bundles_[number];
  if (bundle.is_parked == is_parked) return;
  bundle.is_parked = is_parked;
  Group& group = groups_.at(bundle.group);
  if (is_parked) {
    group.parked.insert(number);
    group.parked_size += bundle.best.size();
  } else {
    group.parked.erase(number);
    group.parked_size -= bundle.best.size();
  }
}

void Bundles::judge(std::uint32_t number) {
  Bundle& bundle = *bundles_[number];
  const bool is_parked = must_wait(bundle);
  if (is_parked == bundle.is_parked) return;
  unlist(bundle);
  set_parked(number, is_parked);
  list(bundle);
  if (!is_parked) unparked_.push_back(bundle.best.head().task);
}

// Its oldest task may be another now, and that is compared with those for whom locks are kept.
void Bundles::judge_if_kept(std::uint32_t number) {
  if (locks_.keeps_any()) judge(number);
}

void Bundles::settle() {
  for (const LockSet set : locks_.take_changed()) {
    const auto found = by_set_.find(set);
    if (found == by_set_.end()) continue;
    for (const std::uint32_t bundle : found->second) judge(bundle);
  }
  // What does not count against others may count for these: a set changes for all or for none.
  if (moves_seen_ == locks_.moves()) return;
  moves_seen_ = locks_.moves();
  for (const std::uint32_t bundle : with_kin_) judge(bundle);
}

// ---- those who waited too long -----------------------------------------------------------------

bool Bundles::has_taker(const GroupKey& key) const {
  return std::any_of(state_.workers.begin(), state_.workers.end(), [&](const Worker& worker) {
    return worker.is_employed() && state_.covers(worker.capabilities, key.capabilities) &&
           (key.open || is_meant_for(key.assignee, worker));
  });
}

void Bundles::set_aged(TaskIndex task, bool is_aged) {
  const Age age = age_of(task);
  Group& group = groups_.at(bundles_[of_[task.value]]->group);
  if (group.aged.contains(age) == is_aged) return;
  if (is_aged) {
    if (group.aged.empty()) group.has_taker = has_taker(group.key);
    group.aged.insert(age);
    ++aged_;
    if (group.has_taker) locks_.keep(age);
  } else {
    group.aged.erase(age);
    --aged_;
    if (group.has_taker) locks_.stop_keeping(age);
  }
}

void Bundles::workers_changed() {
  if (aged_ == 0) return;
  for (auto& [number, group] : groups_) {
    if (group.aged.empty() || group.has_taker == has_taker(group.key)) continue;
    group.has_taker = !group.has_taker;
    for (const Age& age : group.aged) {
      if (group.has_taker) locks_.keep(age);
      if (!group.has_taker) locks_.stop_keeping(age);
    }
  }
}

}  // namespace evener
