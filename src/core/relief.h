// A pool in which nothing moves, though tasks are open: the one thing that would free most of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"

namespace evener {

struct Relief {
  std::string cause;      // "held", "approval", "missing_capability", ...
  std::string text;       // what is the case: "design waits for the approval of rod"
  std::string command;    // what to type
  std::size_t frees = 0;  // open tasks that could then be done one after the other; 0: several
                          // things stand in the way of each, and this is one of them
  std::size_t stops = 0;  // open tasks, gates and groups that wait for it without another between
  std::size_t open = 0;   // open tasks in all
};

// Nothing if the pool goes on by itself: something runs, some worker that is there may take a task
// now or once a backoff is over, no task is open, or no worker has ever come. Looks at every open
// task and each of its needs once.
std::optional<Relief> best_relief(const Pool& pool, Instant now);

// The command that starts a worker which can do all of these: "evener work --capability gpu".
std::string work_command(const std::vector<std::string>& capabilities);

}  // namespace evener
