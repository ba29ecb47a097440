#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_phases(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::phases;
  CLI::App* const verb = line.add(
      "phases",
      "List phases and gates: what is open, and what each closed one waits for",
      "  evener phases\n"
      "  evener phases --json",
      [query](Session& session) {
        return session.ask(*query, showing<PhaseListView>([&](const PhaseListView& view) {
          session.print(phases_text(view, session.style()));
        }));
      }
  );
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
