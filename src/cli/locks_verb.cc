#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_locks(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::locks;
  CLI::App* const verb = line.add(
      "locks",
      "List what is locked, by whom, and who waits for it",
      "  evener locks\n"
      "  evener locks --who src/auth/login.cc\n"
      "  evener locks --who port:5432 --json",
      [query](Session& session) {
        return session.ask(*query, showing<LocksView>([&](const LocksView& view) {
          session.print(locks_text(view, view.log_time, session.style()));
        }));
      }
  );
  verb->add_option("--who", query->who, "Only who holds this path or resource")
      ->type_name("PATH|NAME");
  verb->add_option("--limit", query->filter.limit, "At most so many; 0: all")
      ->type_name("N")
      ->check(whole_number);
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
