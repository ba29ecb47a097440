// What of the open tasks can be done by those who are at work, as things stand, and how much of it
// there is: one pass over their needs, for a forecast that costs a few milliseconds (forecast.h).
#pragma once

#include <vector>

#include "core/pool.h"
#include "views/estimates.h"

namespace evener {

struct ForecastReach {
  std::vector<std::int64_t> of_kinds;  // by kind: tasks that can be done, and do not run yet
  std::vector<DurationRange> running;  // what each that runs takes still
  Millis path = 0;                     // until the last of those that do not run yet could be done
  std::int64_t left_out = 0;           // tasks that nobody can do, and those behind them
};

// `at_work` take tasks, as things stand. Beyond 20,000 open tasks the others are taken as tasks
// that can be done, and the path is that of the first.
ForecastReach forecast_reach(
    const Pool& pool, const std::vector<WorkerIndex>& at_work, Instant now
);

}  // namespace evener
