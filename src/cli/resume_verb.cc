#include "cli/task_verb.h"

namespace evener {

void add_resume(CommandLine& line) {
  add_task_verb<Resume>(
      line, "Let a held task be claimed again", "  evener resume deploy", "resumed"
  );
}

}  // namespace evener
