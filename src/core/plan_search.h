// What is left of a plan, played ahead: of some orders that differ by chance from the longest
// remaining path, the one that ends soonest. As best of several priority orders in Kolisch and
// Drexl, "Adaptive search for solving hard project scheduling problems", Naval Research Logistics
// 43, 1996. It is worked out between claims, and given to the order of claims as advice (ready.h).
//
// What chance gives to a task depends on the task and on the order's number alone. So the order
// that was best before is among those that are played the next time, and what was found is not lost
// as long as durations are what was expected.
#pragma once

#include "core/plan_rest.h"

namespace evener {

// The open tasks as they are best begun. Looks at about `most_steps` tasks in all, and at 64 orders
// at most; empty if that is too few to play two of them.
std::vector<TaskIndex> order_of_plan(const PlanRest& rest, std::size_t most_steps);

}  // namespace evener
