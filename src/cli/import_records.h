// Measures and schedules of a plan, brought into a pool that has the plan's tasks and phases
// already. What the pool knows the same is left alone.
#pragma once

#include <cstddef>
#include <vector>

#include "client/client.h"
#include "formats/plan.h"

namespace evener {

// The plan's own measures, and those that a foreign file states.
std::vector<MeasureSpec> measures_of(const Plan& plan);

// How many were written down.
struct RecordsImported {
  std::size_t measures = 0;
  std::size_t schedules = 0;
};

// Fails with what the pool refuses.
Result<RecordsImported> import_records(Client& client, const Plan& plan);

}  // namespace evener
