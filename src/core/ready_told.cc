// What the order of claims is told, and what it tells beside the best task: advice, and lists for
// those who plan or explain.
#include <algorithm>
#include <iterator>

#include "core/ready.h"

namespace evener {

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
  const auto first = std::find_if(advice_.begin(), advice_.end(), [&](TaskIndex task) {
    return is_ready(task) && !is_parked(task);
  });
  if (first == advice_.end()) return no_task;
  return state_.covers(worker.capabilities, state_.task(*first).capabilities) ? *first : no_task;
}

std::vector<TaskIndex> ReadyIndex::all_for_anybody() const {
  std::vector<TaskIndex> all;
  const auto is_open = [&](std::size_t group) {
    return groups_[group]->key.open && !groups_[group]->key.by_name;
  };
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (!is_open(i)) continue;
    for (const OrderKey& key : groups_[i]->best.keys()) all.push_back(key.task);
  }
  bundles_.for_each([&](std::uint32_t group, TaskIndex task) {
    if (is_open(group)) all.push_back(task);
  });
  return all;
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
