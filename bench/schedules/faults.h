// What becomes of a schedule when its workers are not as they were planned for.
#pragma once

#include <string_view>
#include <vector>

#include "cases.h"

namespace evener {

struct Fault {
  std::string_view name;
  void (*happen)(const ScheduleCase& one, SimulatedPlan& plan);  // may add a worker
};

// One worker lost, one that comes late, one three times slower, and all three.
const std::vector<Fault>& all_faults();

// No schedule of the plan with its changes is shorter: the best known without any, or until the
// workers that are there have done as much work as there is.
Millis shortest_with(const ScheduleCase& one, const SimulatedPlan& plan);

}  // namespace evener
