#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_machines(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::machines;
  CLI::App* const verb = line.add(
      "machines",
      "List machines: what they have, who works on them, and what is free",
      "  evener machines\n"
      "  evener machines --json",
      [query](Session& session) {
        return session.ask(*query, showing<MachineListView>([&](const MachineListView& view) {
          session.print(machines_text(view, session.style()));
        }));
      }
  );
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
