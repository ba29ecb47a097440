// Why a worker takes no task now, does not suit one, or is offered nothing.
#pragma once

#include <vector>

#include "core/conditions.h"

namespace evener {

// How many slots of the worker are taken: tasks that only hold locks take none.
std::size_t slots_taken(const State& state, const Worker& worker);

// Whether the worker may take any task now: draining, set aside, slots.
std::vector<Condition> worker_conditions(const Pool& pool, const Worker& worker, Instant now);

// Whether the two suit each other: assignee, capabilities.
std::vector<Condition> match_conditions(
    const Pool& pool, TaskIndex task, const Worker& worker, Instant now
);

// Why the worker is offered nothing: which ready tasks it may not take, and what the rest wait for.
Refusal nothing_to_claim(const Pool& pool, const Worker& worker, Instant now);

}  // namespace evener
