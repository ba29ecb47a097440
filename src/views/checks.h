// What a check of plans finds in the pool as it stands (core/plan_findings.h): its open tasks, with
// the workers and machines that it knows. The same as `evener plan check` without a file.
#pragma once

#include "base/result.h"
#include "core/plan_findings.h"
#include "core/pool.h"

namespace evener {

// Open tasks beyond which a pool is checked only where it is asked for: by `evener plan check`.
inline constexpr std::int64_t most_tasks_checked = 20'000;

// Fails with `too_large`.
Result<PlanExamination> checks_view(const Pool& pool);

}  // namespace evener
