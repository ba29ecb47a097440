#include "cli/status_watch.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct StatusOptions {
  Query query;
  bool watch = false;
  std::string every = "1s";
};

}  // namespace

void add_status(CommandLine& line) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* const verb = line.add(
      "status",
      "Show where the work stands: counts, who runs what, what needs somebody",
      "  evener status\n"
      "  evener status --watch\n"
      "  evener status --at 2026-11-21T12:00Z",
      [options](Session& session) {
        return options->watch ? watch_status(session, options->query, options->every)
                              : show_status(session, options->query);
      }
  );
  verb->add_flag("-w,--watch", options->watch, "Redraw until Ctrl-C");
  add_duration(verb, "--every", options->every, "How often");
  verb->add_option("--at", options->query.at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
