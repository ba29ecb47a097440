#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_estimates(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  const auto by_skill = std::make_shared<bool>(false);
  query->kind = QueryKind::estimates;
  CLI::App* const verb = line.add(
      "estimates",
      "Show how long each kind of task takes, from what they took, and how good predictions were",
      "  evener estimates\n"
      "  evener estimates build\n"
      "  evener estimates --skill\n"
      "  evener estimates --json",
      [query, by_skill](Session& session) {
        return session.ask(*query, showing<EstimatesView>([&](const EstimatesView& view) {
          session.print(
              *by_skill ? skills_text(view, session.style()) : estimates_text(view, session.style())
          );
        }));
      }
  );
  verb->add_option("kind", query->filter.kind, "Only of this kind")->type_name("KIND");
  verb->add_flag("--skill", *by_skill, "Who does which kind how well, with the counts");
  verb->add_option("--limit", query->filter.limit, "At most so many kinds; 0: all")
      ->type_name("N")
      ->check(whole_number);
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
