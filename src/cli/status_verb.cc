#include <poll.h>

#include <cstdio>

#include "cli/stop_signal.h"
#include "cli/verb.h"
#include "views/text.h"

namespace evener {
namespace {

struct StatusOptions {
  Query query;
  bool watch = false;
  std::string every = "1s";
};

ExitCode show_once(Session& session, const Query& query, const char* before) {
  return session.ask(query, showing<StatusView>([&](const StatusView& view) {
                       session.print(before + status_text(view, session.style()));
                     }));
}

// Redraws in place until Ctrl-C; the screen is cleared only when the status is there to be drawn.
ExitCode watch(Session& session, const StatusOptions& options) {
  const Result<Millis> every = duration_of(options.every);
  if (!every.ok()) return session.failed(every.error());
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  const bool terminal = session.style().width > 0;
  for (;;) {
    const ExitCode exit = show_once(session, options.query, terminal ? "\x1b[H\x1b[2J" : "");
    if (exit != ExitCode::done) return exit;
    pollfd stopped{*stop, POLLIN, 0};
    if (::poll(&stopped, 1, static_cast<int>(std::max<Millis>(*every, 50))) > 0) return exit;
  }
}

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
        if (options->watch) return watch(session, *options);
        return show_once(session, options->query, "");
      }
  );
  verb->add_flag("-w,--watch", options->watch, "Redraw until Ctrl-C");
  add_duration(verb, "--every", options->every, "How often");
  verb->add_option("--at", options->query.at, "As the pool stood then")->type_name("SEQ|TIME");
}

}  // namespace evener
