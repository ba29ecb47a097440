#include "core/ready.h"

#include <algorithm>

namespace evener {
namespace {

constexpr std::uint32_t nowhere = UINT32_MAX;
constexpr std::uint32_t longest_rank = 0xFFFFU;  // of a quantised path

}  // namespace

bool is_meant_for(AssigneeIndex assignee, const Worker& worker) {
  return assignee != anyone &&
         std::find(worker.answers_to.begin(), worker.answers_to.end(), assignee) !=
             worker.answers_to.end();
}

// ---- placing -----------------------------------------------------------------------------------

OrderKey ReadyIndex::best_key(TaskIndex index) const {
  const Task& task = state_.task(index);
  const std::uint32_t path = longest_rank - quantised(paths_.length(index));
  return {task.since, (static_cast<std::uint32_t>(task.priority) << 16U) | path, index};
}

OrderKey ReadyIndex::oldest_key(TaskIndex index) const {
  return {state_.task(index).since, 0, index};
}

std::uint32_t ReadyIndex::group_for(const Task& task, bool open) {
  const auto [found, is_new] = group_by_key_.try_emplace(
      {task.capabilities, task.assignee, open}, static_cast<std::uint32_t>(groups_.size())
  );
  if (is_new) {
    groups_.push_back(std::make_unique<Group>(Group{
        task.capabilities,
        task.assignee,
        open,
        IndexedHeap<OrderKey>(best_positions_),
        IndexedHeap<OrderKey>(oldest_positions_)
    }));
    heads_.push_back({{0, 0, no_task}, 0, task.capabilities, task.assignee});
    (open ? open_groups_ : reserved_groups_[task.assignee]).push_back(found->second);
  }
  return found->second;
}

void ReadyIndex::update_head(std::uint32_t group) {
  const Group& from = *groups_[group];
  Head& head = heads_[group];
  if (from.best.empty()) {
    head.best.task = no_task;
  } else {
    head.best = from.best.head();
    head.oldest = from.oldest.head().since;
  }
}

bool ReadyIndex::is_soft_and_due(const Task& task, Instant now) const {
  return task.assignee_delay >= 0 && task.since + task.assignee_delay <= now;
}

void ReadyIndex::enter(TaskIndex index, Instant now) {
  const Task& task = state_.task(index);
  const bool open = task.assignee == anyone || is_soft_and_due(task, now);
  if (!open && task.assignee_delay >= 0) timers_.push({task.since + task.assignee_delay, index});
  const std::uint32_t group = group_for(task, open);
  group_of_[index.value] = group;
  groups_[group]->best.insert(best_key(index));
  groups_[group]->oldest.insert(oldest_key(index));
  update_head(group);
  places_[index.value] = Place::ready;
  ++ready_count_;
  ++arrivals_;
  arrived_.push_back(index);
}

void ReadyIndex::leave(TaskIndex index) {
  Place& place = places_[index.value];
  if (place == Place::ready) {
    Group& group = *groups_[group_of_[index.value]];
    group.best.erase(index);
    group.oldest.erase(index);
    update_head(group_of_[index.value]);
    --ready_count_;
  } else if (place == Place::delayed) {
    --delayed_;
  }
  place = Place::out;
}

void ReadyIndex::place(TaskIndex index, bool ready, Instant now) {
  if (places_.size() < state_.tasks.size()) {
    places_.resize(state_.tasks.size(), Place::out);
    group_of_.resize(state_.tasks.size(), nowhere);
  }
  leave(index);
  if (!ready) return;
  const Task& task = state_.task(index);
  if (task.not_before > now) {
    places_[index.value] = Place::delayed;
    ++delayed_;
    timers_.push({task.not_before, index});
  } else {
    enter(index, now);
  }
}

void ReadyIndex::reorder(TaskIndex index) {
  if (!is_ready(index)) return;
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
                       !groups_[group_of_[index.value]]->open && is_soft_and_due(task, now);
    if (!backoff_over && !opens) continue;
    leave(index);
    enter(index, now);
  }
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
    for (const std::uint32_t group : groups) {
      if (heads_[group].best.task != no_task) visit(group, heads_[group]);
    }
  };
  visit_all(open_groups_);
  for (const AssigneeIndex assignee : worker.answers_to) {
    const auto reserved = reserved_groups_.find(assignee);
    if (assignee == anyone || reserved == reserved_groups_.end()) continue;
    visit_all(reserved->second);
  }
}

TaskIndex ReadyIndex::best_for(const Worker& worker, Instant now) const {
  const Instant aged_before = now - state_.settings.age_limit_ms;
  const Group* oldest = nullptr;
  const Head* best = nullptr;
  bool best_is_meant = false;
  const auto goes_first = [&](const Head& a, bool a_is_meant) {
    const std::uint32_t a_priority = a.best.rank >> 16U;
    const std::uint32_t best_priority = best->best.rank >> 16U;
    if (a_priority != best_priority) return a_priority < best_priority;
    if (a_is_meant != best_is_meant) return a_is_meant;
    return a.best < best->best;
  };
  for_each_group(worker, [&](std::uint32_t group, const Head& head) {
    if (!state_.covers(worker.capabilities, head.capabilities)) return;
    if (head.oldest <= aged_before) {
      const Group& aged = *groups_[group];
      if (oldest == nullptr || aged.oldest.head() < oldest->oldest.head()) oldest = &aged;
    }
    const bool meant = is_meant_for(head.assignee, worker);
    if (best == nullptr || goes_first(head, meant)) {
      best = &head;
      best_is_meant = meant;
    }
  });
  if (oldest != nullptr) return oldest->oldest.head().task;
  return best == nullptr ? no_task : best->best.task;
}

ReadyIndex::Skipped ReadyIndex::skipped_by(const Worker& worker) const {
  Skipped skipped;
  for (const auto& group : groups_) {
    if (group->best.empty()) continue;
    if (!group->open && !is_meant_for(group->assignee, worker)) {
      skipped.meant_for_others[group->assignee] += group->best.size();
    } else if (!state_.covers(worker.capabilities, group->capabilities)) {
      skipped.lacks[group->capabilities] += group->best.size();
    }
  }
  return skipped;
}

}  // namespace evener
