#include "cli/status_watch.h"

#include <poll.h>

#include <algorithm>

#include "cli/stop_signal.h"
#include "cli/verb.h"
#include "views/text.h"

namespace evener {
namespace {

ExitCode show_behind(Session& session, const Query& query, const char* before) {
  return session.ask(query, showing<StatusView>([&](const StatusView& view) {
                       session.print(before + status_text(view, session.style()));
                     }));
}

}  // namespace

ExitCode show_status(Session& session, const Query& query) {
  return show_behind(session, query, "");
}

ExitCode watch_status(Session& session, const Query& query, const std::string& every) {
  const Result<Millis> pause = duration_of(every);
  if (!pause.ok()) return session.failed(pause.error());
  const Result<int> stop = stop_descriptor();
  if (!stop.ok()) return session.failed(stop.error());
  // The screen is cleared only when the status is there to be drawn.
  const char* const before = session.style().width > 0 ? "\x1b[H\x1b[2J" : "";
  for (;;) {
    const ExitCode exit = show_behind(session, query, before);
    if (exit != ExitCode::done) return exit;
    pollfd stopped{*stop, POLLIN, 0};
    if (::poll(&stopped, 1, static_cast<int>(std::max<Millis>(*pause, 50))) > 0) return exit;
  }
}

}  // namespace evener
