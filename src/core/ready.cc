#include "core/ready.h"

#include <algorithm>

#include "core/skill.h"

namespace evener {
namespace {

constexpr std::uint32_t nowhere = UINT32_MAX;
// A rank holds 2 bits of priority, 16 of the quantised path, 14 of how many tasks need this one.
constexpr unsigned priority_shift = 30;
constexpr unsigned path_shift = 14;
constexpr std::uint32_t longest_rank = 0xFFFFU;
constexpr std::uint32_t most_dependants = 0x3FFFU;  // more count as these

OrderKey without_path(const OrderKey& key) {
  return {key.since, key.rank & most_dependants, key.task};
}

// The key of a task whose path is taken to be longer by so many steps: it suits the worker.
OrderKey bent(OrderKey key, std::int32_t steps) {
  if (steps == 0) return key;
  const auto path = static_cast<std::int32_t>((key.rank >> path_shift) & longest_rank);
  const auto moved = std::clamp(path - steps, 0, static_cast<std::int32_t>(longest_rank));
  key.rank &= ~(longest_rank << path_shift);
  key.rank |= static_cast<std::uint32_t>(moved) << path_shift;
  return key;
}

}  // namespace

bool is_meant_for(AssigneeIndex assignee, const Worker& worker) {
  const auto has = [&](const auto& names) {
    return std::find(names.begin(), names.end(), assignee) != names.end();
  };
  return assignee != anyone && (has(worker.answers_to) || has(worker.leads));
}

// ---- placing -----------------------------------------------------------------------------------

OrderKey ReadyIndex::best_key(TaskIndex index) const {
  const Task& task = state_.task(index);
  const std::uint32_t path = longest_rank - quantised(paths_.length(index));
  const auto dependants = static_cast<std::uint32_t>(task.dependants.size());
  const std::uint32_t few = most_dependants - std::min(most_dependants, dependants);
  const std::uint32_t priority = static_cast<std::uint32_t>(task.priority) << priority_shift;
  return {task.since, priority | (path << path_shift) | few, index};
}

OrderKey ReadyIndex::oldest_key(TaskIndex index) const {
  return {state_.task(index).since, 0, index};
}

std::uint32_t ReadyIndex::group_for(const Task& task, bool open) {
  const GroupKey key{task.capabilities, task.assignee, open, task.is_lock, task.kind};
  const auto [found, is_new] =
      group_by_key_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
  if (is_new) {
    groups_.push_back(std::make_unique<Group>(Group{
        key,
        key.by_name ? &by_name_
        : open      ? &open_groups_
                    : &reserved_groups_[task.assignee],
        IndexedHeap<OrderKey>(best_positions_),
        IndexedHeap<OrderKey>(oldest_positions_)
    }));
    heads_.push_back(
        {{0, 0, no_task}, {0, 0, no_task}, task.capabilities, task.assignee, task.kind, nowhere}
    );
  }
  return found->second;
}

// A group stands in its list while it has something to offer.
void ReadyIndex::update_head(std::uint32_t group) {
  const Group& from = *groups_[group];
  Head& head = heads_[group];
  head.best.task = no_task;
  if (!from.best.empty()) {
    head.best = from.best.head();
    head.oldest = from.oldest.head();
  }
  if (const OrderKey* const locked = bundles_.best(group)) {
    const OrderKey& oldest = *bundles_.oldest(group);
    const bool is_alone = head.best.task == no_task;
    if (is_alone || *locked < head.best) head.best = *locked;
    if (is_alone || oldest < head.oldest) head.oldest = oldest;
  }
  if (head.best.task != no_task) state_.prefetch(head.best.task);
  std::vector<std::uint32_t>& list = *from.list;
  if (head.best.task != no_task && head.listed_at == nowhere) {
    head.listed_at = static_cast<std::uint32_t>(list.size());
    list.push_back(group);
  } else if (head.best.task == no_task && head.listed_at != nowhere) {
    heads_[list.back()].listed_at = head.listed_at;
    list[head.listed_at] = list.back();
    list.pop_back();
    head.listed_at = nowhere;
  }
}

bool ReadyIndex::is_soft_and_due(const Task& task, Instant now) const {
  return task.assignee_delay >= 0 && task.since + task.assignee_delay <= now;
}

bool ReadyIndex::is_aged(const Task& task, Instant now) const {
  return !task.is_lock && task.since <= now - state_.settings.age_limit_ms;
}

void ReadyIndex::enter(TaskIndex index, Instant now, Order order) {
  const Task& task = state_.task(index);
  const bool open = task.assignee == anyone || is_soft_and_due(task, now);
  if (!open && task.assignee_delay >= 0) timers_.push({task.since + task.assignee_delay, index});
  const std::uint32_t group = group_for(task, open);
  group_of_[index.value] = group;
  if (task.locks == no_locks && order == Order::later) {
    groups_[group]->best.append(best_key(index));
    groups_[group]->oldest.append(oldest_key(index));
  } else if (task.locks == no_locks) {
    groups_[group]->best.insert(best_key(index));
    groups_[group]->oldest.insert(oldest_key(index));
    update_head(group);
  } else {
    const bool aged = is_aged(task, now);
    if (!aged) timers_.push({task.since + state_.settings.age_limit_ms, index});
    bundles_.insert(group, groups_[group]->key, best_key(index), oldest_key(index), aged);
  }
  places_[index.value] = Place::ready;
  ++ready_count_;
  ++arrivals_;
  arrived_.push_back(index);
}

void ReadyIndex::leave(TaskIndex index) {
  Place& place = places_[index.value];
  if (place == Place::ready) {
    if (bundles_.contains(index)) {
      bundles_.erase(index);
    } else {
      Group& group = *groups_[group_of_[index.value]];
      group.best.erase(index);
      group.oldest.erase(index);
      update_head(group_of_[index.value]);
    }
    --ready_count_;
  } else if (place == Place::delayed) {
    --delayed_;
  }
  place = Place::out;
}

void ReadyIndex::place(TaskIndex index, bool ready, Instant now) {
  make_room();
  leave(index);
  if (ready) put(index, now, Order::now);
  settle();
}

void ReadyIndex::make_room() {
  if (places_.size() >= state_.tasks.size()) return;
  places_.resize(state_.tasks.size(), Place::out);
  group_of_.resize(state_.tasks.size(), nowhere);
  best_positions_.resize(state_.tasks.size());
  oldest_positions_.resize(state_.tasks.size());
}

// Where a task stands that may be offered, and stands nowhere yet.
void ReadyIndex::put(TaskIndex index, Instant now, Order order) {
  const Task& task = state_.task(index);
  if (task.not_before <= now) return enter(index, now, order);
  places_[index.value] = Place::delayed;
  ++delayed_;
  timers_.push({task.not_before, index});
}

void ReadyIndex::order_all() {
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    groups_[i]->best.order();
    groups_[i]->oldest.order();
    update_head(i);
  }
  settle();
}

void ReadyIndex::settle() {
  if (!bundles_.has_news()) return;
  bundles_.settle();
  for (const std::uint32_t group : bundles_.take_changed_groups()) update_head(group);
  for (const TaskIndex task : bundles_.take_unparked()) {
    ++arrivals_;
    arrived_.push_back(task);
  }
}

void ReadyIndex::roles_changed() {
  bundles_.workers_changed();
  settle();
}

void ReadyIndex::worker_changed(WorkerIndex worker) {
  shares_.touch(worker);
  bundles_.workers_changed();
  settle();
}

void ReadyIndex::limit_changed(Instant now) {
  for (std::uint32_t i = 0; i < places_.size(); ++i) {
    const TaskIndex index{i};
    if (!bundles_.contains(index)) continue;
    const Task& task = state_.task(index);
    const bool aged = is_aged(task, now);
    if (!aged) timers_.push({task.since + state_.settings.age_limit_ms, index});
    bundles_.set_aged(index, aged);
  }
  settle();
}

void ReadyIndex::reorder(TaskIndex index) {
  if (!is_ready(index)) return;
  if (bundles_.contains(index)) {
    bundles_.reorder(best_key(index));
    return settle();
  }
  Group& group = *groups_[group_of_[index.value]];
  const OrderKey key = best_key(index);
  if (group.best.key(index) == key) return;
  group.best.erase(index);
  group.best.insert(key);
  update_head(group_of_[index.value]);
}

void ReadyIndex::advance(Instant now) {
  while (!timers_.empty() && timers_.top().at <= now) {
    const TaskIndex index = timers_.top().task;
    timers_.pop();
    // A timer may be older than the task's present place; what it finds decides.
    const Task& task = state_.task(index);
    const bool backoff_over = places_[index.value] == Place::delayed && task.not_before <= now;
    const bool opens = places_[index.value] == Place::ready &&
                       !groups_[group_of_[index.value]]->key.open && is_soft_and_due(task, now);
    if (backoff_over || opens) {
      leave(index);
      enter(index, now, Order::now);
    } else if (bundles_.contains(index) && is_aged(task, now)) {
      bundles_.set_aged(index, true);
    }
  }
  settle();
}

bool ReadyIndex::is_ready(TaskIndex task) const {
  return task.value < places_.size() && places_[task.value] == Place::ready;
}

bool ReadyIndex::has(TaskIndex task) const {
  return task.value < places_.size() && places_[task.value] != Place::out;
}

// ---- offering ----------------------------------------------------------------------------------

// Groups that are open to everybody, and those reserved for this very worker; none that is empty.
template <typename Visit>
void ReadyIndex::for_each_group(const Worker& worker, const Visit& visit) const {
  const auto visit_all = [&](const std::vector<std::uint32_t>& groups) {
    for (const std::uint32_t group : groups) visit(heads_[group]);
  };
  const auto visit_reserved = [&](AssigneeIndex assignee) {
    const auto reserved = reserved_groups_.find(assignee);
    if (assignee != anyone && reserved != reserved_groups_.end()) visit_all(reserved->second);
  };
  visit_all(open_groups_);
  for (const AssigneeIndex assignee : worker.answers_to) visit_reserved(assignee);
  for (const AssigneeIndex role : worker.leads) visit_reserved(role);
}

TaskIndex ReadyIndex::best_for(const Worker& worker, Instant now) const {
  const Instant aged_before = now - state_.settings.age_limit_ms;
  const Head* oldest = nullptr;
  const bool by_shares = shares_.differ();
  OrderKey best{0, 0, no_task};
  bool best_is_meant = false;
  Millis best_weight = 0;
  const WorkerFit fit(state_, worker);
  // Of equal priority, and both meant for the worker or not, the one that suits it better.
  const auto goes_first = [&](const Head& a, bool a_is_meant) {
    const std::uint32_t a_priority = a.best.rank >> priority_shift;
    const std::uint32_t best_priority = best.rank >> priority_shift;
    if (a_priority != best_priority) return a_priority < best_priority;
    if (a_is_meant != best_is_meant) return a_is_meant;
    const OrderKey key = bent(a.best, fit.of(a.kind));
    if (!by_shares) return key < best;
    const Millis weight = weight_of(a, key);
    return weight != best_weight ? weight > best_weight : without_path(key) < without_path(best);
  };
  // Most heads fall to one comparison: whether the worker may take it at all is asked last.
  for_each_group(worker, [&](const Head& head) {
    const bool is_oldest =
        head.oldest.since <= aged_before && (oldest == nullptr || head.oldest < oldest->oldest);
    const bool is_meant = head.assignee != anyone && is_meant_for(head.assignee, worker);
    const bool is_best = best.task == no_task || goes_first(head, is_meant);
    if (!is_oldest && !is_best) return;
    if (!state_.covers(worker.capabilities, head.capabilities)) return;
    if (is_oldest) oldest = &head;
    if (!is_best) return;
    best = bent(head.best, fit.of(head.kind));
    best_is_meant = is_meant;
    if (by_shares) best_weight = weight_of(head, best);
  });
  if (oldest != nullptr) return oldest->oldest.task;
  const TaskIndex advised = advised_for(worker);
  return advised != no_task ? advised : best.task;
}

void ReadyIndex::advise(std::vector<TaskIndex> order) {
  advice_ = std::move(order);
  advised_at_ = arrivals_;
}

std::vector<TaskIndex> ReadyIndex::advice() const {
  std::vector<TaskIndex> left;
  if (advised_at_ != arrivals_) return left;
  std::copy_if(advice_.begin(), advice_.end(), std::back_inserter(left), [&](TaskIndex task) {
    return is_ready(task);
  });
  return left;
}

TaskIndex ReadyIndex::advised_for(const Worker& worker) const {
  if (advice_.empty() || advised_at_ != arrivals_) return no_task;
  const auto first =
      std::find_if(advice_.begin(), advice_.end(), [&](TaskIndex task) { return is_ready(task); });
  if (first == advice_.end()) return no_task;
  return state_.covers(worker.capabilities, state_.task(*first).capabilities) ? *first : no_task;
}

std::vector<TaskIndex> ReadyIndex::all_for_anybody() const {
  std::vector<TaskIndex> all;
  for (const std::uint32_t group : open_groups_) {
    for (const OrderKey& key : groups_[group]->best.keys()) all.push_back(key.task);
  }
  return all;
}

// The path is the one that its rank tells, so that within a group a weight tells no more than the
// group's order. All tasks of a group require the same, so their share is the same: it stands in no
// heap, and a load that changes moves no task.
Millis ReadyIndex::weight_of(const Head& head, const OrderKey& key) const {
  const Millis path = unquantised(longest_rank - ((key.rank >> path_shift) & longest_rank));
  return head.assignee == anyone ? path + shares_.of(head.capabilities) : path;
}

ReadyIndex::Skipped ReadyIndex::skipped_by(const Worker& worker) const {
  constexpr std::size_t most_named = 100;
  Skipped skipped;
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const GroupKey& key = groups_[i]->key;
    const std::size_t size = groups_[i]->best.size() + bundles_.size(i);
    if (size == 0 || key.by_name) continue;
    if (!key.open && !is_meant_for(key.assignee, worker)) {
      skipped.meant_for_others[key.assignee] += size;
    } else if (!state_.covers(worker.capabilities, key.capabilities)) {
      skipped.lacks[key.capabilities] += size;
    } else {
      skipped.locked += bundles_.parked_size(i);
      const std::size_t left = most_named - std::min(most_named, skipped.some_locked.size());
      for (const TaskIndex task : bundles_.some_parked(i, left)) {
        skipped.some_locked.push_back(task);
      }
    }
  }
  return skipped;
}

}  // namespace evener
