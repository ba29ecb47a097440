// What whoever claims a task is told of what others found and left: earlier attempts at it, the
// tasks that it needs, its parent.
#pragma once

#include <string>

#include "core/pool.h"

namespace evener {

// Appends members of a claim's answer: `findings`, `handed` and, if something did not fit into
// `most_bytes` of text, `left_out`. What is most relevant comes first: the task's own findings,
// then what the tasks that it needs came to and found, the last to be done first, then its parent's
// findings; each newest first.
void append_handover(std::string& out, const State& state, TaskIndex task, std::int64_t most_bytes);

}  // namespace evener
