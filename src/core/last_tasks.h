// The last few tasks of a plan, where longest first loses most: at most twelve, none of which needs
// another. In which order they are best begun is worked out between claims, and given to the order
// of claims as advice (ready.h).
#pragma once

#include "core/plan_rest.h"

namespace evener {

inline constexpr std::size_t most_last_tasks = 12;

// The open tasks as they are best begun; empty if they are too many, or one needs another.
std::vector<TaskIndex> order_of_last_tasks(const PlanRest& rest);

}  // namespace evener
