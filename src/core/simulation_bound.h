// How long a plan takes at the least, whoever schedules it: a proof, not a schedule.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"
#include "core/simulation.h"

namespace evener {

struct LowerBound {
  Millis length = 0;
  std::string by = {};  // "the longest chain", "the work of 4 workers", "the lock gpu"
};

// The largest of: the longest chain of tasks that come one after another, by needs, subtasks,
// phases and gates, whose approvals take no time; for each set of workers, the work that nobody
// else may do, spread evenly over them, with what must come before its first task and after its
// last; for each named lock, the work that holds it, by how much there is of it. Every task counts
// with its shortest duration. `pool` holds the plan's tasks, workers, phases and gates, and nothing
// has begun; `durations` are by the pool's numbers of tasks.
LowerBound lower_bound(const Pool& pool, const std::vector<TrueDuration>& durations);

}  // namespace evener
