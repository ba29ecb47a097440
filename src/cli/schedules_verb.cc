#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_schedules(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::schedules;
  CLI::App* const verb = line.add(
      "schedules",
      "List schedules: what each brings, when the next comes, what is open",
      "  evener schedules\n"
      "  evener schedules --json",
      [query](Session& session) {
        return session.ask(*query, showing<ScheduleListView>([&](const ScheduleListView& view) {
          session.print(schedules_text(view, view.log_time, session.style()));
        }));
      }
  );
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
