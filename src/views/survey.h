// One walk over a pool for everything that its files show: counts, and lists that are short
// whatever the pool's size and carry their totals. Nothing here depends on the time at which it is
// asked, only on the facts.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"

namespace evener {

struct Rate {
  std::int64_t done = 0;
  std::int64_t total = 0;  // cancelled ones do not count

  bool operator==(const Rate&) const = default;
};

struct TaskList {
  std::vector<TaskIndex> tasks = {};
  std::int64_t total = 0;  // shown or not
};

// A machine, with all workers on it; or a worker that names none. Those whose names make the same
// name of a file are one agent.
struct Agent {
  std::string file_name = {};  // "WALNUT": upper case, letters, digits, - and _
  std::vector<std::string> names = {};
  std::vector<WorkerIndex> workers = {};
  TaskList assigned = {};  // open, and meant for it by name
  TaskList done = {};      // by its workers, newest first
  Rate meant = {};         // of the tasks meant for it by name
};

struct Survey {
  Rate tasks;                // without a parent
  Rate subtasks;             // with one
  TaskList running = {};     // in order of creation, as all that say nothing else
  TaskList high = {};        // urgent first, then high; not started
  TaskList next = {};        // ready, urgent first
  TaskList unassigned = {};  // not started, meant for nobody
  TaskList held = {};
  TaskList failed = {};
  TaskList late = {};        // their deadline lies before the newest fact; latest deadline last
  TaskList checklists = {};  // not closed, with criteria
  TaskList done = {};        // newest first
  std::vector<Agent> agents = {};  // by the name of their file
  std::int64_t agents_total = 0;   // the first to join have files
};

struct SurveyLimits {
  std::size_t list = 50;
  std::size_t agent_list = 30;
  std::size_t agents = 200;
};

Survey survey_of(const Pool& pool, const SurveyLimits& limits = {});

// "WALNUT" from "walnut", "NODE_1_LAN" from "node-1.lan"; at most 64 characters.
std::string file_name_of(std::string_view name);

}  // namespace evener
