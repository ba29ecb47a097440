// Whether a worker is there. Losing sight of one is never permission for a second holder: a task
// goes back to the pool only when its lease has lapsed.
#pragma once

#include "core/pool.h"

namespace evener {

// `live`: heard of lately. `quiet`: it holds a lease, and nothing was heard for more than half of
// it; or it holds none, and nothing was heard for half an hour. `lost`: its newest lease lapsed,
// and the log says nothing of it since (a mere heartbeat is no fact).
enum class Liveness { live, quiet, lost };

template <>
struct EnumNames<Liveness> {
  static constexpr std::array<std::string_view, 3> names{"live", "quiet", "lost"};
};

Liveness liveness_of(const Pool& pool, WorkerIndex worker, Instant now);

// Since when a task shows no progress although its worker's heart beats; 0 if it is not stalled.
// It is when nothing that is told of it (percent, line, stage) has changed for the pool's stall_ms,
// or for three times its estimate if that is longer. Its worker keeps the lease.
Instant stalled_since(const Pool& pool, TaskIndex task, Instant now);

// Milliseconds since the worker was last heard; never negative.
Millis unheard_for(const Pool& pool, WorkerIndex worker, Instant now);

}  // namespace evener
