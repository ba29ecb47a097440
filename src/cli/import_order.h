// A plan as commands: tasks in an order in which needs and parents come first, in pieces that each
// fit one command.
#pragma once

#include <vector>

#include "cli/held_pool.h"
#include "model/command.h"

namespace evener {

// Fails with `cycle`, naming the tasks around it.
Result<std::vector<AddTasks>> import_commands(std::vector<TaskSpec> tasks, const HeldPool& held);

// Ids that the tasks need, or have as parent, and that are not among them.
std::vector<std::string> missing_from(const std::vector<TaskSpec>& tasks);

}  // namespace evener
