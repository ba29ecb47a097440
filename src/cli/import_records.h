// Measures and schedules of a plan, brought into a pool that has the plan's tasks and phases
// already. What the pool knows the same is left alone.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "formats/plan.h"
#include "model/command.h"

namespace evener {

// The plan's own measures, and those that a foreign file states.
std::vector<MeasureSpec> measures_of(const Plan& plan);

struct RecordRequests {
  std::vector<Request> requests = {};
  std::vector<std::string> names = {};  // what each is about
  std::size_t measures = 0;             // how many of them
  std::size_t schedules = 0;
};

RecordRequests record_requests(const Plan& plan, const HeldPool& held);

}  // namespace evener
