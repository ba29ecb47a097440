#include "cli/session.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/shell_word.h"
#include "base/text.h"
#include "cli/identity.h"
#include "cli/kept_files.h"
#include "cli/said_secrets.h"
#include "client/find_pool.h"
#include "client/local_client.h"
#include "client/remote_client.h"
#include "client/remote_pool.h"

namespace evener {
namespace {

Error not_through_a_server(const std::string& address, std::string_view remedy) {
  return {
      "usage",
      fmt::format("this is done to a pool's own files, on its machine; {}", remedy),
      address
  };
}

constexpr std::int64_t envelope_version = 1;

// What the user typed or wrote wrongly, by its code.
bool is_usage(const std::string& code) {
  constexpr std::array codes{"usage",          "bad_json",       "bad_value",      "bad_id",
                             "bad_duration",   "bad_time",       "bad_address",    "bad_plan",
                             "missing_field",  "unknown_field",  "too_large",      "too_many",
                             "duplicate_id",   "unknown_format", "bad_toml",       "bad_utf8",
                             "bad_request_id", "file_missing",   "empty_file",     "empty_plan",
                             "too_deep",       "cycle",          "need_missing",   "bad_claim",
                             "bad_invitation", "bad_number",     "bad_capability", "unknown_gate"};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool is_refusal(const std::string& code) {
  return code == "unknown_task" || code == "unknown_worker" || code == "seq_unknown" ||
         code == "pool_exists" || code == "wrong_state" || code == "scope" ||
         code == "already_joined" || code == "name_taken" || code == "unknown_token" ||
         code == "code_unknown" || code == "code_used" || code == "code_expired" ||
         code == "remote_pool" || code == "unknown_chapter" || code == "forbidden" ||
         code == "no_such_pool";
}

// Who named it, by --pool or by EVENER_POOL, may make it with the same words.
Error no_named_pool(Error missing, bool is_of_environment) {
  missing.message = "there is no pool there; make one with: evener ";
  if (is_of_environment) {
    missing.message += "init, or unset EVENER_POOL, which names it";
  } else {
    missing.message += fmt::format("--pool {} init", shell_word(missing.where));
  }
  return missing;
}

// A server reads all of a request before it does any of it, and says of what it cannot take where
// in the request that stands. On the pool's own file the same command is refused, without a place.
std::optional<Refusal> refusal_of(const Error& error) {
  constexpr std::string_view place = "commands[";
  if (!error.where.starts_with(place)) return std::nullopt;
  const std::size_t end = error.where.find("].");
  if (end == std::string::npos) return std::nullopt;
  return Refusal{
      error.code, fmt::format("{}: {}", error.where.substr(end + 2), error.message), "", {}
  };
}

// With what the environment says of it.
Result<HttpClientOptions> named_server(const std::string& address) {
  HttpClientOptions options;
  options.endpoint = TRY(parse_endpoint(address));
  options.token = environment("EVENER_TOKEN");
  options.fingerprint = TRY(read_fingerprint(environment("EVENER_FINGERPRINT")));
  return options;
}

JsonObject object_of(const Refusal& refusal) {
  const Result<Json> json = parse_json(to_json_text(refusal));
  CHECK(json.ok(), "a refusal is not JSON");
  return json->get_object();
}

}  // namespace

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::string> read_fingerprint(std::string_view text) {
  constexpr std::size_t digits = 64;
  std::string read;
  for (const char c : text) {
    if (c != ':') read += lower_case(c);
  }
  const bool is_hex = read.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (text.empty() || (is_hex && read.size() == digits)) return read;
  return Error{
      "usage",
      fmt::format("expected the {} hex digits of a certificate's SHA-256", digits),
      "EVENER_FINGERPRINT"
  };
}

Result<PoolFolder> Session::folder() const {
  const std::string asked = pool.empty() ? environment("EVENER_POOL") : pool;
  Result<PoolFolder> found = find_pool(asked, current_folder());
  if (!found.ok() && found.error().code == "pool_missing" && !asked.empty()) {
    return no_named_pool(found.error(), pool.empty());
  }
  if (found.ok()) TRY(check_folder(*found));
  return found;
}

Result<PoolFolder> Session::own_folder() const {
  if (const std::string address = server_address(); !address.empty() && server.empty()) {
    return not_through_a_server(address, "unset EVENER_SERVER, or name the pool with --pool");
  }
  return folder_to_serve();
}

Result<PoolFolder> Session::folder_to_serve() const {
  if (!server.empty()) return not_through_a_server(server, "drop --server");
  PoolFolder found = TRY(folder());
  const std::optional<RemotePool> remote = TRY(read_remote(found));
  if (!remote) return found;
  return Error{
      "remote_pool",
      fmt::format(
          "this folder has joined {} at {}; do this on the machine that holds that pool",
          remote->pool,
          remote->server
      ),
      found.path
  };
}

std::string Session::server_address() const {
  return server.empty() && pool.empty() ? environment("EVENER_SERVER") : server;
}

bool Session::is_of_environment(const std::string& address) const {
  if (!server.empty() || server_address().empty()) return false;
  const Result<Endpoint> named = parse_endpoint(server_address());
  return named.ok() && named->text() == address;
}

Result<HttpClientOptions> Session::server_options() const {
  const std::string address = server_address();
  if (!address.empty()) return named_server(address);
  const PoolFolder found = TRY(folder());
  if (const std::optional<RemotePool> remote = TRY(read_remote(found))) return options_of(*remote);
  if (std::optional<HttpClientOptions> local = server_of(found)) return std::move(*local);
  return Error{"not_served", "no server runs for this pool; start one: evener up", found.path};
}

Result<std::unique_ptr<Client>> Session::new_client(int stop_descriptor) const {
  const std::string address = server_address();
  if (!address.empty()) {
    HttpClientOptions options = TRY(named_server(address));
    options.stop_descriptor = stop_descriptor;
    return without_secrets(std::make_unique<HttpClient>(std::move(options)));
  }
  static SystemClock clock;
  LocalOptions options;
  options.folder = TRY(this->folder());
  if (const std::optional<RemotePool> remote = TRY(read_remote(options.folder))) {
    HttpClientOptions there = TRY(options_of(*remote));
    there.stop_descriptor = stop_descriptor;
    return without_secrets(std::make_unique<RemoteClient>(std::move(there), clock));
  }
  options.author = {.name = user_name(), .scope = Scope::operate};
  const auto tell = [this](std::string_view text) { say(text); };
  options.after_write = keep_files(options.folder, tell);
  options.stop_descriptor = stop_descriptor;
  const PoolFolder folder = options.folder;
  auto local = std::make_unique<LocalClient>(std::move(options), clock);
  return with_inboxes(without_secrets(std::move(local)), folder, tell);
}

Result<Client*> Session::client(int stop_descriptor) {
  if (client_ == nullptr) client_ = TRY(new_client(stop_descriptor));
  return client_.get();
}

std::string Session::worker() const {
  const std::string given = environment("EVENER_WORKER");
  return given.empty() ? terminal_name() : given;
}

Style Session::style() const {
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  Style style{.colour = terminal && !no_colour && environment("NO_COLOR").empty(), .width = 100};
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = size.ws_col;
  }
  if (!terminal) style.width = 0;
  return style;
}

void Session::print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.ends_with('\n')) std::fputc('\n', stdout);
  std::fflush(stdout);
}

void Session::say(std::string_view text) const {
  // As print() does: where stderr takes nothing, the exit code still tells.
  std::fwrite(text.data(), 1, text.size(), stderr);
  if (!text.ends_with('\n')) std::fputc('\n', stderr);
}

void Session::print_envelope(JsonObject envelope) const {
  JsonObject whole{{"v", envelope_version}, {"verb", verb}};
  for (auto& [name, value] : envelope) whole[name] = std::move(value);
  print(to_text(whole));
}

ExitCode Session::give(Command command, const Show& show) {
  const Result<Client*> reached = client();
  if (!reached.ok()) return failed(reached.error());
  const Result<Answer> answer = call_one(**reached, std::move(command));
  return answer.ok() ? answered(*answer, show) : failed(answer.error());
}

ExitCode Session::ask(
    const Query& query, const std::function<Status(const std::string& text)>& show
) {
  const Result<Client*> reached = client();
  if (!reached.ok()) return failed(reached.error());
  const Result<std::string> text = (*reached)->ask(query);
  if (!text.ok()) return failed(text.error());
  if (json) {
    print(fmt::format(
        "{{\"v\":{},\"verb\":\"{}\",\"ok\":true,\"result\":{}}}", envelope_version, verb, *text
    ));
    return ExitCode::done;
  }
  const Status printed = show(*text);
  return printed.ok() ? ExitCode::done : failed(printed.error());
}

ExitCode Session::done(const Json& result, const std::string& text) {
  if (json) {
    print_envelope({{"ok", true}, {"result", result}});
  } else if (!text.empty()) {
    print(text);
  }
  return ExitCode::done;
}

ExitCode Session::answered(const Answer& answer, const Show& show) {
  if (!answer.ok) return refused(answer.refusal.value_or(Refusal{"unknown", "refused", "", {}}));
  const Result<Json> result = parse_json(answer.result.text.empty() ? "{}" : answer.result.text);
  if (!result.ok()) return failed(result.error());
  if (json) {
    JsonObject envelope{{"ok", true}, {"seq", answer.seq.value}, {"result", *result}};
    if (answer.repeated) envelope["repeated"] = true;
    print_envelope(std::move(envelope));
  } else {
    show(*result);
  }
  return ExitCode::done;
}

ExitCode Session::refused(const Refusal& refusal) {
  if (json) print_envelope({{"ok", false}, {"refusal", object_of(refusal)}});
  say(fmt::format("refused: {} ({})", safe_text(refusal.message), refusal.code));
  if (!refusal.remedy.empty()) say("  try: " + safe_text(refusal.remedy));
  return refusal.code == "nothing_to_claim" ? ExitCode::nothing_to_claim : ExitCode::refused;
}

ExitCode Session::failed(const Error& error) {
  if (const std::optional<Refusal> refusal = refusal_of(error)) return refused(*refusal);
  if (json) {
    print_envelope(
        {{"ok", false},
         {"error",
          JsonObject{{"code", error.code}, {"message", error.message}, {"where", error.where}}}}
    );
  }
  say("error: " + safe_text(error.text()));
  if (error.code == "unreachable" && is_of_environment(error.where)) {
    say("  try: start it, or unset EVENER_SERVER, which names it");
  }
  if (is_refusal(error.code)) return ExitCode::refused;
  return is_usage(error.code) ? ExitCode::usage : ExitCode::unreachable;
}

}  // namespace evener
