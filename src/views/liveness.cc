#include "views/liveness.h"

#include <algorithm>

namespace evener {

Millis unheard_for(const Pool& pool, WorkerIndex worker, Instant now) {
  const Instant seen =
      std::max(pool.vitals().last_seen(worker), pool.state().worker(worker).last_seen);
  return std::max<Millis>(0, now - seen);
}

Instant stalled_since(const Pool& pool, TaskIndex index, Instant now) {
  constexpr Millis estimates = 3;
  const PoolSettings& settings = pool.state().settings;
  const Vitals::Lease* const lease = pool.vitals().find(index);
  const Task& task = pool.state().task(index);
  if (lease == nullptr || settings.stall_ms == 0 || task.is_lock) return 0;
  if (liveness_of(pool, task.worker, now) != Liveness::live) return 0;
  const Millis estimate = task.estimate >= 0 ? task.estimate : settings.default_estimate_ms;
  const Millis patience = std::max(settings.stall_ms, estimates * estimate);
  return now - lease->changed > patience ? lease->changed : 0;
}

Liveness liveness_of(const Pool& pool, WorkerIndex index, Instant now) {
  const State& state = pool.state();
  const Worker& worker = state.worker(index);
  const Instant seen = std::max(pool.vitals().last_seen(index), worker.last_seen);
  if (worker.lost) return Liveness::lost;
  Millis patience = worker.holding.empty() ? limits::hand_lease : limits::longest_lease;
  for (const TaskIndex task : worker.holding) {
    if (const Attempt* attempt = state.find_attempt(task)) {
      patience = std::min(patience, attempt->lease_ms / 2);
    }
  }
  return now - seen > patience ? Liveness::quiet : Liveness::live;
}

}  // namespace evener
