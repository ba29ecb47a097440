// A plan brought into a pool: added where it is new, changed where it differs.
#pragma once

#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "cli/import_difference.h"
#include "client/client.h"
#include "formats/plan.h"

namespace evener {

struct Imported {
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  std::size_t notes = 0;
  std::size_t measures = 0;
  std::size_t schedules = 0;
  std::vector<std::string> notices = {};
};

// What the pool holds of what the plan is about; nothing where nothing of it is asked for.
Result<HeldPool> held_for(Client& client, const Plan& plan);

// Whether all that the plan's tasks need and stand below is in it or in `held`, which is the whole
// pool. Fails with `need_missing`.
Status check_needs(const Plan& plan, const HeldPool& held);

// Of a plan that was reconciled with `held`. Fails with what the pool refuses.
Status import_plan(Client& client, Plan plan, const HeldPool& held, Imported& imported);

}  // namespace evener
