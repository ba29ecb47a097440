// What is left of a plan, where that is a question of durations, needs and resources alone, and
// where durations are known: then it can be played ahead (last_tasks.h, plan_search.h).
//
// No open task is meant for anybody, held or blocked, has a parent, subtasks or a phase, wishes
// paths or to share a lock, or waits for a backoff or for what failed; all have one priority; and
// the workers that take work offer all the same, and may take all of them.
//
// A duration is known if it was estimated, and the estimates of what was finished before were off
// by at most a tenth (root mean square of the logarithms; until three were finished, they are taken
// at their word); or if it was learned of the task's kind, so narrowly that nine in ten take at
// most a tenth longer than expected.
#pragma once

#include <optional>
#include <vector>

#include "core/pool.h"

namespace evener {

struct PlanRest {
  using Places = std::vector<std::uint32_t>;

  // Units of a resource that a task holds while it runs.
  struct Wish {
    std::size_t resource = 0;
    std::int64_t units = 1;
  };

  using Wishes = std::vector<Wish>;

  struct Running {
    Millis ends = 0;        // from now
    Places followers = {};  // open tasks that need it
    Wishes holds = {};
  };

  std::vector<TaskIndex> tasks = {};  // the open ones, oldest first; the others are by place here
  std::vector<Millis> durations = {};
  std::vector<Places> followers = {};       // who needs it
  std::vector<std::uint32_t> needs = {};    // how many that are not done it needs
  std::vector<Wishes> wishes = {};          // by task
  std::vector<std::int64_t> free = {};      // by resource: units that nobody holds
  std::vector<std::int64_t> capacity = {};  // by resource
  std::vector<Running> running = {};
  std::size_t idle = 0;  // slots; no more than there are tasks
};

// Nothing if there are more than `most` open tasks, or none, or if the above does not hold.
std::optional<PlanRest> rest_of_plan(const Pool& pool, Instant now, std::size_t most);

}  // namespace evener
