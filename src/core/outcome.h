// What a command's facts mean to whoever gave it: the `result` of its answer. Made from the facts
// and, for what they do not say, from the pool as it is, so that a repeated command is told what
// was done then.
#pragma once

#include <span>
#include <string>

#include "core/pool.h"
#include "model/fact.h"

namespace evener {

void append_outcome(std::string& out, const Pool& pool, std::span<const FactBody> facts);

// The result of a renewal that is kept beside the log. `task` may be no_task.
void append_renewal(std::string& out, const Pool& pool, WorkerIndex worker, TaskIndex task);

}  // namespace evener
