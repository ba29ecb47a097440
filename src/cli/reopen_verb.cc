#include "cli/task_verb.h"

namespace evener {

void add_reopen(CommandLine& line) {
  add_task_verb<Reopen>(
      line,
      "Open a done, failed or cancelled task again",
      "  evener reopen restore-8000 --reason 'it broke again'",
      "reopened"
  );
}

}  // namespace evener
