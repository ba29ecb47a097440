// What the orders are measured on: instances with the best length that anybody knows for them.
#pragma once

#include <string>
#include <vector>

#include "core/simulation.h"

namespace evener {

struct ScheduleCase {
  std::string name;
  SimulatedPlan plan;                // estimates are the true durations
  Millis best = 0;                   // best known
  std::vector<Millis> history = {};  // by task: what its class took elsewhere; -1: nothing is known
};

struct ScheduleFamily {
  std::string name;
  std::vector<ScheduleCase> cases;
};

// All families that are found under the folder, laid out as docs/scheduling.md says. Ends the
// program with a message where a file that is named there cannot be read.
std::vector<ScheduleFamily> read_families(const std::string& folder);

// Ten tasks of two to five minutes that need nothing, for four workers, with the best length from a
// search of all assignments.
ScheduleFamily independent_tasks();

}  // namespace evener
