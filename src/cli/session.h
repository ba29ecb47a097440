// What every verb shares: the flags before it, the way to the pool, who is asking, and how answers
// are shown. Data goes to stdout, everything else to stderr; --json prints one envelope.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "client/client.h"
#include "client/http_client.h"
#include "engine/pool_folder.h"
#include "views/query.h"
#include "views/terminal.h"

namespace evener {

// Documented in docs/cli.md. A refused claim is never 0.
enum class ExitCode { done = 0, refused = 1, usage = 2, unreachable = 3, nothing_to_claim = 4 };

// The value of an environment variable, "" if it has none.
std::string environment(const char* name);

// A certificate's SHA-256 as the server says it, from what tools print: the digits may be large and
// have colons between them. "" stays "". Fails with `usage`, naming EVENER_FINGERPRINT.
Result<std::string> read_fingerprint(std::string_view text);

class Session {
 public:
  // ---- flags -----------------------------------------------------------------------------------
  bool json = false;
  bool no_colour = false;
  std::string pool;                       // --pool DIR
  std::string server;                     // --server ADDRESS: instead of the pool on this machine
  std::string verb;                       // which one runs
  std::vector<std::string> behind_flags;  // what stands behind `--`

  Clock& clock() { return clock_; }

  // Finds the pool and connects, once. `stop_descriptor`: a readable one interrupts what waits.
  Result<Client*> client(int stop_descriptor = -1);

  // A client of its own, for a thread of its own.
  Result<std::unique_ptr<Client>> new_client(int stop_descriptor = -1) const;

  // The server that is named in place of a pool on this machine, "" without one: by --server, or by
  // EVENER_SERVER where no --pool says otherwise.
  std::string server_address() const;

  // How to reach the pool's server, wherever it is. Fails with `not_served` if none runs.
  Result<HttpClientOptions> server_options() const;

  Result<PoolFolder> folder() const;

  // The same for what is done to a pool's own files. Fails with `remote_pool` where the pool is on
  // another machine, and with `usage` where --server or EVENER_SERVER names one.
  Result<PoolFolder> own_folder() const;

  // The same for a server, which EVENER_SERVER does not keep from its own pool.
  Result<PoolFolder> folder_to_serve() const;

  // The worker that this terminal is: EVENER_WORKER, or a name made of user, machine and terminal.
  std::string worker() const;

  Style style() const;

  // ---- doing -----------------------------------------------------------------------------------

  using Show = std::function<void(const Json& result)>;

  // Gives one command; `show` prints what came of it for people.
  ExitCode give(Command command, const Show& show);

  // Asks for a view; `show` prints it from its JSON text.
  ExitCode ask(const Query& query, const std::function<Status(const std::string& text)>& show);

  // ---- answering -------------------------------------------------------------------------------

  ExitCode done(const Json& result, const std::string& text);
  ExitCode answered(const Answer& answer, const Show& show);
  ExitCode refused(const Refusal& refusal);
  // What a server could not read of a command is refused, as it is on the pool's own file.
  ExitCode failed(const Error& error);

  void print(std::string_view text) const;  // to stdout
  void say(std::string_view text) const;    // to stderr

 private:
  void print_envelope(JsonObject envelope) const;

  // Whether it is that of the server which EVENER_SERVER alone names.
  bool is_of_environment(const std::string& address) const;

  SystemClock clock_;
  std::unique_ptr<Client> client_;
};

// Reads a view back into its struct, to be shown.
template <typename View, typename Print>
std::function<Status(const std::string&)> showing(Print print) {
  return [print](const std::string& text) -> Status {
    const Json json = TRY(parse_json(text, "answer"));
    const View view = TRY(from_json<View>(json, "answer"));
    print(view);
    return Done{};
  };
}

}  // namespace evener
