// What a pool holds, as plans are compared with it and written from it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client/client.h"
#include "formats/plan.h"

namespace evener {

// The name of the worker by which an import ends tasks that nobody is known to have done. It is no
// worker of the pool: it drains between imports, and no plan has it. "import", or "import-2" and so
// on: the first that none of `workers` has, except as an import registers it. Anybody who was
// described by that name is another.
std::string importing_worker(const std::vector<WorkerSpec>& workers);

// A task that an import was ending when it was broken off is ready, as it was before.
struct HeldPool {
  Plan plan = {};                                   // its card, settings, workers and tasks
  std::map<std::string, std::string> states = {};   // of every task, by its id: ready, running, ...
  std::map<std::string, std::size_t> places = {};   // of every task in `plan.tasks`
  std::map<std::string, std::string> reasons = {};  // why, of the tasks that are held

  // nullptr if there is none.
  const TaskSpec* find(const std::string& task) const;
  const WorkerSpec* find_worker(const std::string& worker) const;

  // "" for a task that is not there.
  std::string state(const std::string& task) const;

  // Why it is held; "" if it is not, or nobody said why.
  std::string hold_reason(const std::string& task) const;
};

// A task's state after which nothing more is to come of it. What failed keeps its parent open.
bool is_over(std::string_view state);

// Fills `places`.
HeldPool held_pool(Plan plan, std::map<std::string, std::string> states);

// The pool's records: all but its tasks.
Result<Plan> read_held_records(Client& client);

// Asks for all of it, page by page. Changes nothing.
Result<HeldPool> read_held_pool(Client& client);

}  // namespace evener
