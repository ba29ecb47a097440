// Opens the dashboard in a browser, signed in: with a code that is good once, so that no token ever
// stands in an address.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "cli/verb.h"

namespace evener {
namespace {

// Only where somebody sits before a screen. Nobody's browser is one whose page has gone elsewhere:
// what it prints is not ours.
bool has_screen() {
  const bool is_asked = isatty(STDOUT_FILENO) != 0;
  return is_asked && (!environment("DISPLAY").empty() || !environment("WAYLAND_DISPLAY").empty());
}

bool open_browser(const std::string& address) {
  std::string name = "xdg-open";
  std::string argument = address;
  std::array<char*, 3> words{name.data(), argument.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, name.c_str(), nullptr, nullptr, words.data(), environ) != 0) {
    return false;
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

ExitCode open_dashboard(Session& session, bool only_prints) {
  Result<HttpClientOptions> options = session.server_options();
  if (!options.ok()) return session.failed(options.error());
  HttpClient client(std::move(*options));
  const Result<std::string> address = client.open_dashboard();
  if (!address.ok()) return session.failed(address.error());
  if (!only_prints && !session.json && has_screen() && open_browser(*address)) {
    session.say("opened the dashboard in your browser");
    return ExitCode::done;
  }
  session.say("good once, for 10 minutes:");
  return session.done(JsonObject{{"address", *address}}, *address);
}

}  // namespace

void add_open(CommandLine& line) {
  const auto only_prints = std::make_shared<bool>(false);
  CLI::App* const verb = line.add(
      "open",
      "Open the dashboard in a browser, signed in",
      "  evener open\n"
      "  evener open --print",
      [only_prints](Session& session) { return open_dashboard(session, *only_prints); }
  );
  verb->add_flag("--print", *only_prints, "Only print the address");
}

}  // namespace evener
