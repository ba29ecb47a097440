// Schedules: what their instances are, and when the next comes.
#pragma once

#include <optional>

#include "core/pool.h"

namespace evener {

// The next instance that would be added.
TaskSpec instance_spec(const State& state, const ScheduleSpec& schedule, std::int64_t made);

// The instance that is due at `now`, as the fact that adds it.
std::optional<TaskAdded> next_instance(const Pool& pool, Instant now);

// When one will be due although nothing happens; 0 if none.
Instant next_instance_at(const Pool& pool);

}  // namespace evener
