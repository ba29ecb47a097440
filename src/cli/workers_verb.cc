#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_workers(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::workers;
  CLI::App* const verb = line.add(
      "workers",
      "List workers: what they can do, what they hold, when they were heard last",
      "  evener workers\n"
      "  evener workers --json",
      [query](Session& session) {
        return session.ask(*query, showing<WorkerListView>([&](const WorkerListView& view) {
          session.print(workers_text(view, session.style()));
        }));
      }
  );
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
