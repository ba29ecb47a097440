// What importing a plan would change in a pool: found by comparing the two, so that a second import
// changes nothing, and progress made in the pool since the first is never taken back.
#pragma once

#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "cli/import_record_difference.h"
#include "formats/plan.h"

namespace evener {

struct TaskDifference {
  std::string task = {};
  std::vector<std::string> fields = {};  // that differ, by their names; empty if it is new

  bool operator==(const TaskDifference&) const = default;
};

struct ImportDifference {
  std::vector<std::string> added = {};
  std::vector<TaskDifference> changed = {};
  std::size_t unchanged = 0;
  std::vector<ImportedState> states = {};  // that would be taken over; if open, by letting it go
  std::vector<RecordDifference> records = {};
};

// Puts what the pool knows where the plan says nothing of it, and leaves those of the plan's states
// that say something new: not one that the file had at the last import already, nor the one that
// the pool would write for its own. `notices` tell what is not followed. Gives back the tasks of
// which a state cannot be taken over now, but later.
std::vector<std::string> reconcile(Plan& plan, const HeldPool& held);

// Of a plan that was reconciled.
ImportDifference difference(const Plan& plan, const HeldPool& held);

// "line 121: Overall Project is stated as 18 of 32 tasks done; the file lists 2 of 12": those of
// the plan's measures that count tasks. Of a plan as it was read, with all its states.
std::vector<std::string> stated_and_listed(const Plan& plan);

}  // namespace evener
