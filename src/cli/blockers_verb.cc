#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_blockers(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::blockers;
  CLI::App* const verb = line.add(
      "blockers",
      "List open blockers, the gravest first: since when, up to whom, when they escalate",
      "  evener blockers\n"
      "  evener blockers --json",
      [query](Session& session) {
        return session.ask(*query, showing<BlockerListView>([&](const BlockerListView& view) {
          session.print(blockers_text(view, session.style()));
        }));
      }
  );
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
