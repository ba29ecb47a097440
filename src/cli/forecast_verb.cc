#include "cli/verb.h"
#include "views/forecast_text.h"

namespace evener {

void add_forecast(CommandLine& line) {
  const auto query = std::make_shared<Query>();
  query->kind = QueryKind::forecast;
  CLI::App* const verb = line.add(
      "forecast",
      "Play on what is open many times: when it will be done, who waits idle, what holds it up",
      "  evener forecast\n"
      "  evener forecast --workers +2\n"
      "  evener forecast --workers 8 --runs 1000\n"
      "  evener forecast --json",
      [query](Session& session) {
        return session.ask(*query, showing<ForecastView>([&](const ForecastView& view) {
          session.print(forecast_view_text(view, session.style()));
        }));
      }
  );
  ForecastWish& wish = query->forecast;
  verb->add_option("--workers", wish.workers, "So many at work, or more or fewer than now")
      ->type_name("N|+N|-N");
  verb->add_option("--runs", wish.runs, "How often it is played; else by the number of tasks")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000));
  verb->add_option("--seed", wish.seed, "Of what is drawn; 1 unless said")
      ->type_name("S")
      ->check(whole_number);
  verb->add_option("--at", query->at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
