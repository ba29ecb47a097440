#include "core/vitals.h"

namespace evener {

void Vitals::set(TaskIndex task, Lease lease) {
  const auto [found, is_new] = leases_.try_emplace(task);
  if (!is_new && lease.expires < found->second.expires) ends_.erase(task);
  if (!ends_.contains(task)) ends_.insert({lease.expires, task});
  const Lease& before = found->second;
  const bool goes_on = !is_new && before.fence == lease.fence && before.progress == lease.progress;
  lease.changed = goes_on ? before.changed : lease.renewed;
  found->second = std::move(lease);
}

void Vitals::end(TaskIndex task) {
  if (leases_.erase(task) > 0) ends_.erase(task);
}

const Vitals::Lease* Vitals::find(TaskIndex task) const {
  const auto found = leases_.find(task);
  return found == leases_.end() ? nullptr : &found->second;
}

void Vitals::saw(WorkerIndex worker, Instant now) {
  if (seen_.size() <= worker.value) seen_.resize(worker.value + 1);
  seen_[worker.value] = now;
}

Instant Vitals::last_seen(WorkerIndex worker) const {
  return worker.value < seen_.size() ? seen_[worker.value] : 0;
}

void Vitals::reported(WorkerIndex worker, Instant now) {
  if (reported_.size() <= worker.value) reported_.resize(worker.value + 1);
  reported_[worker.value] = now;
}

Instant Vitals::last_reported(WorkerIndex worker) const {
  return worker.value < reported_.size() ? reported_[worker.value] : 0;
}

std::optional<TaskIndex> Vitals::next_due(Instant now) {
  while (!ends_.empty() && ends_.head().at <= now) {
    const TaskIndex task = ends_.head().task;
    const Instant expires = leases_.at(task).expires;
    if (expires == ends_.head().at) return task;
    ends_.erase(task);
    ends_.insert({expires, task});
  }
  return std::nullopt;
}

}  // namespace evener
