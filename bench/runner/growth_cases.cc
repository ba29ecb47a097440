// How Evener's server bears more: renewals of many workers, tasks in the pool, workers that wait
// for a task, and those who follow the events.
#include <fmt/format.h>

#include "bench_case.h"

namespace evener {

void add_growth_cases(std::vector<BenchCase>& /*cases*/) {}

}  // namespace evener
