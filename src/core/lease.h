// What every write to an attempt must show, shared by the handlers of such writes.
#pragma once

#include <optional>
#include <string>

#include "core/decide.h"

namespace evener {

// Refuses with `stale_fence`, `not_holder` or `attempt_over` unless `fence` is the task's newest,
// was granted to `worker`, and its attempt is live or may be revived.
std::optional<Refusal> check_holder(
    const Pool& pool, TaskIndex task, const std::string& worker, Fence fence
);

// The fact that brings a lapsed attempt back; none if it is live. Only after check_holder().
std::optional<AttemptRevived> revival(const Pool& pool, TaskIndex task, Instant now);

}  // namespace evener
