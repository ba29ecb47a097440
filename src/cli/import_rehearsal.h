// An import tried on a pool in memory, so that what the pool would refuse is found before anything
// is changed. What cannot be foreseen is left: the scope of a server's token, and locks that tasks
// hold which run at that moment.
#pragma once

#include "cli/held_pool.h"
#include "formats/plan.h"

namespace evener {

// Of a plan that was reconciled with `held`: the whole pool, or all of it that the plan touches and
// names. Fails with what the pool would refuse.
Status rehearse_import(const Plan& plan, const HeldPool& held);

}  // namespace evener
