#include "cli/verb.h"
#include "views/text.h"

namespace evener {

void add_measures(CommandLine& line) {
  struct Options {
    Query query;
    bool history = false;
    std::int64_t points = 50;
  };

  const auto options = std::make_shared<Options>();
  options->query.kind = QueryKind::measures;
  CLI::App* const verb = line.add(
      "measures",
      "List measures: value, goal, how far it is to that, when and by whom",
      "  evener measures\n"
      "  evener measures coverage --history\n"
      "  evener measures --json",
      [options](Session& session) {
        Query query = options->query;
        if (options->history) query.points = options->points;
        return session.ask(query, showing<MeasureListView>([&](const MeasureListView& view) {
                             session.print(measures_text(view, view.log_time, session.style()));
                           }));
      }
  );
  verb->add_option("name", options->query.measure, "Only those of this name")->type_name("NAME");
  CLI::Option* const history =
      verb->add_flag("--history", options->history, "With earlier values, newest first");
  verb->add_option("--points", options->points, "At most so many values of each")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000))
      ->needs(history);
  verb->add_option("--at", options->query.at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
