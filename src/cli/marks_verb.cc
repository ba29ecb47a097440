#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_marks(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::marks;
  CLI::App* const verb = line.add(
      "marks",
      "List the marks that opened chapters, newest first",
      "  evener marks\n"
      "  evener marks --limit 5 --json",
      [query](Session& session) {
        return session.ask(*query, showing<MarkListView>([&](const MarkListView& view) {
          session.print(marks_text(view, session.style()));
        }));
      }
  );
  verb->add_option("--limit", query->limit, "At most so many; 0: all")
      ->type_name("N")
      ->check(whole_number);
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
