#include "cli/task_verb.h"

namespace evener {

void add_hold(CommandLine& line) {
  add_task_verb<Hold>(
      line,
      "Keep a task, and what is below it, from being claimed",
      "  evener hold deploy --reason 'until the freeze ends'",
      "held"
  );
}

}  // namespace evener
