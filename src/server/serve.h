// A pool's server, from taking the lock to letting go of it: everything of `evener up` but the
// command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/blobs.h"
#include "engine/engine.h"
#include "engine/pool_folder.h"
#include "model/answer.h"
#include "server/http_server.h"
#include "server/page_file.h"

namespace evener {

struct ServeOptions {
  PoolFolder folder = {};
  // Where to listen beside the unix socket: HOST:PORT of this machine; "none"; or "" for
  // 127.0.0.1:7878, and any free port if that one is taken. Where other machines may come, TLS is
  // spoken.
  std::string listen = {};
  bool wants_tls = false;            // also where only this machine may come
  std::string tls_certificate = {};  // with its key: instead of the server's own; TLS, too
  std::string tls_key = {};
  std::vector<std::string> tls_names = {};  // by which the server may be asked, too
  std::string user = "operator";            // how the author of whoever runs this is named
  std::string version = "dev";
  HttpLimits limits = {.max_body_bytes = max_blob_bytes};
  // The server ends in good order when this becomes readable (a signalfd, a pipe); -1: never.
  int stop_fd = -1;
  bool is_quiet = false;  // only warnings and errors are logged
  PageFiles pages = {};   // the dashboard
  // The server listens, and everything that was there before is durable.
  std::function<void(const ServerCard&)> on_started = {};
  // After that, if there is a dashboard that a browser can reach: its address, with a code that is
  // good once.
  std::function<void(const std::string& address)> on_dashboard = {};
  // Once the server listens, and when facts changed, then at most twice a second: for files that
  // are kept true beside the pool. Runs on the server's own thread, so it must be quick.
  std::function<void(const Pool& pool, Instant now)> on_facts = {};
  // Gives commands in the name of whoever runs the server; the answers come once they are durable.
  using Answered = std::function<void(const Result<std::vector<Answer>>& answers)>;
  using Give = std::function<void(std::vector<Request> requests, Answered answered)>;
  // About twice a second, whether facts changed or not, while all of the pool is durable: for
  // commands that come by another way, such as files. On the server's own thread, too.
  std::function<void(const Pool& pool, const Give& give)> on_look = {};
};

// Returns when the server has ended; an Error means that the process must end with a failure. Fails
// with `pool_busy` (somebody else has kept the pool open for 5 s), `bad_address`, `address_in_use`,
// `tokens_exposed`, `bad_tokens`, `bad_certificate`, `key_exposed`, and the errors of journal and
// disk. After a failed append nothing more is answered.
Status serve(const ServeOptions& options);

}  // namespace evener
