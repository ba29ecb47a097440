#include "cli/task_verb.h"

namespace evener {

void add_cancel(CommandLine& line) {
  add_task_verb<Cancel>(
      line,
      "Cancel a task and its open subtasks",
      "  evener cancel restore-8000 --reason 'no longer wanted'",
      "cancelled"
  );
}

}  // namespace evener
