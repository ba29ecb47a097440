// Whether a history can be explained: whether there is one order of its operations in which each
// answer is what the rules of a task say (task_rules.h), and in which none comes before another
// that had been answered before it was called. An operation that ended in silence may stand
// anywhere after its call, or nowhere.
//
// The search is Wing's and Gong's ("Testing and verifying concurrent objects", J. Parallel Distrib.
// Comput. 17, 1993), with the memory that Lowe added ("Testing for linearizability", Concurrency
// and Computation 29, 2017): a set of operations done that led to the same state is tried once.
// Tasks know nothing of one another, so each is judged by itself; fences, which all tasks share,
// are judged apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "history/operation.h"

namespace evener::history {

struct Verdict {
  bool is_explained = true;
  std::string broken = {};           // what cannot be, in a sentence
  std::vector<Operation> part = {};  // the operations of that task, or the two with those fences
  std::int64_t states = 0;           // looked at, over all tasks
};

// Fails to decide, and says so in `broken`, if one task needs more than `most_states`.
Verdict judge(const History& history, std::int64_t most_states = 2'000'000);

}  // namespace evener::history
