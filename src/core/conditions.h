// Why a task cannot start: each condition, whether it holds, and what would change it. The same
// predicates decide claims and answer `evener why`. Those of workers: core/worker_conditions.h.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"
#include "model/refusal.h"

namespace evener {

struct Condition {
  std::string code;  // as a refusal's when it does not hold
  bool holds = true;
  std::string text;    // what is the case
  std::string remedy;  // what would change it; "" when it holds
};

// Whether the task may be started by anybody at all.
std::vector<Condition> task_conditions(const Pool& pool, TaskIndex task, Instant now);

// The first condition that does not hold, as a refusal.
std::optional<Refusal> first_refusal(
    const std::vector<Condition>& conditions, std::string_view subject
);

// Whether the gate is open; else what it waits for: tasks, an earlier gate, an approval. The text
// goes on after the gate's name: "which waits for ...".
Condition gate_condition(const Pool& pool, const Gate& gate);

// Why a gate without tasks is closed, and what would open it.
Condition no_tasks_condition(const Gate& gate);

// What must be reopened before a closed task can be: the topmost of the parents above it that are
// closed one after the other; the task itself if its parent is open.
TaskIndex first_to_reopen(const State& state, TaskIndex task);

// "blocker 3 (high): the registry is down (up to rod)"
std::string describe_blocker(BlockerId id, const Blocker& blocker);

// The first few, and how many there are besides: "a, b and 4 more".
std::string listed(const std::vector<std::string>& names);

// The word for a task's state, with what people want to know beside it: "running by walnut-1".
std::string describe_state(const Pool& pool, TaskIndex task);

// Failed or cancelled tasks among what the task (transitively) waits for: it is stuck behind them.
std::vector<TaskIndex> stuck_behind(const Pool& pool, TaskIndex task);

// How many open tasks are stuck behind failed or cancelled ones.
std::size_t stuck_count(const Pool& pool);

}  // namespace evener
