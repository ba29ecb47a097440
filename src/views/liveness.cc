#include "views/liveness.h"

#include <algorithm>

namespace evener {

Millis unheard_for(const Pool& pool, WorkerIndex worker, Instant now) {
  const Instant seen =
      std::max(pool.vitals().last_seen(worker), pool.state().worker(worker).last_seen);
  return std::max<Millis>(0, now - seen);
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
