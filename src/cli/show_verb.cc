#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_show(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::task;
  CLI::App* const verb = line.add(
      "show",
      "Show everything about a task",
      "  evener show restore-8000\n"
      "  evener show restore-8000 --at 120",
      [query](Session& session) {
        if (query->task.empty()) {
          return session.failed({"missing_field", "which task? its id is empty"});
        }
        return session.ask(*query, showing<TaskView>([&](const TaskView& view) {
          session.print(task_text(view, view.log_time, session.style()));
        }));
      }
  );
  verb->add_option("task", query->task, "Its id")->type_name("TASK")->required();
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
