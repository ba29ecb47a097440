// A plan brought into a pool: added where it is new, changed where it differs.
#pragma once

#include <string>
#include <string_view>
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
  std::size_t card = 0;      // fields of the pool's card that changed
  std::size_t settings = 0;  // settings that changed
  std::size_t states = 0;    // taken over: tasks closed, held, resumed, or noted to be under way
  std::vector<std::string> left = {};  // tasks whose states could not be taken over now
  std::vector<std::string> notices = {};
};

// What the pool holds: all of it, or where the plan touches none of its tasks its records (all but
// the tasks) and the bare ids of those tasks that the plan names.
Result<HeldPool> held_for(Client& client, const Plan& plan);

// The commands that bring in machines, workers, the card and settings, as far as they differ; and
// what a refusal of one is said to be about.
std::vector<Request> description_of(const Plan& plan, const HeldPool& held);
inline constexpr std::string_view described_things = "machines, workers and settings";

// Whether the pool will take the plan, which was reconciled with `held`. Changes nothing. Fails
// with `need_missing`, and with what the pool would refuse.
Status check_import(const Plan& plan, const HeldPool& held);

// Of a plan that was reconciled with `held`; checks it first. Fails with what the pool refuses.
Status import_plan(Client& client, Plan plan, const HeldPool& held, Imported& imported);

}  // namespace evener
