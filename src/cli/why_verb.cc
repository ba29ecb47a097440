#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_why(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::why;
  CLI::App* const verb = line.add(
      "why",
      "Say why a task waits, or what a worker would be offered, and what would change it",
      "  evener why deploy\n"
      "  evener why --worker walnut-1\n"
      "  evener why deploy --worker walnut-1",
      [query](Session& session) {
        Query asked = *query;
        if (asked.task.empty() && asked.worker.empty()) asked.worker = session.worker();
        return session.ask(asked, showing<WhyView>([&](const WhyView& view) {
                             session.print(why_text(view, session.style()));
                           }));
      }
  );
  verb->add_option("task", query->task, "About this task")->type_name("TASK");
  verb->add_option("--worker", query->worker, "About this worker (else this terminal)")
      ->type_name("NAME");
}

}  // namespace evener
