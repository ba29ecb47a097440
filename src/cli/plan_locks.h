// Tasks that only hold a lock (`evener lock`) are no work, and a lock is held in one pool alone: no
// plan hands them on to another.
#pragma once

#include <cstddef>

#include "cli/held_pool.h"
#include "formats/plan.h"

namespace evener {

// Leaves them out of the plan, but for those that `held` has, and takes them from all that names
// them: a subtask of one goes below its parent. Says how many they were.
std::size_t leave_out_locks(Plan& plan, const HeldPool& held);

}  // namespace evener
