// Whether the tasks of a file can be done in any order at all. The pool judges that too; readers
// ask first where they can name the line.
#pragma once

#include <string>
#include <vector>

#include "model/task.h"

namespace evener {

// The ids around a cycle, first and last the same; empty if there is none. A task waits for its
// needs and those of its parents, and for its subtasks. Ids that are not among `tasks` do not
// count.
std::vector<std::string> cycle_among(const std::vector<TaskSpec>& tasks);

}  // namespace evener
