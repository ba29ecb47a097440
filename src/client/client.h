// One interface to a pool, two ways to reach it: in this process, on the pool's own file, or over
// HTTP, through the server that has the file open. The same tests run against both.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/answer.h"
#include "model/command.h"
#include "model/evidence.h"
#include "model/fact.h"
#include "views/query.h"

namespace evener {

// Progress that was told beside the log, while a server runs.
struct VitalEvent {
  std::string task;
  std::string worker;
  Progress progress;
};

using PoolEvent = std::variant<Fact, VitalEvent>;

// Used by one thread at a time.
//
// Errors of every call: `unreachable` (nobody answers), `pool_busy` (another process kept the file
// for 5 s), `interrupted` (the stop descriptor became readable), and those of the journal and the
// disk. After an error, a command with a request id may be given again: it has at most one effect.
class Client {
 public:
  virtual ~Client() = default;

  // Gives commands, each decided by itself; one answer each, in order. A request without an id is
  // given one, so that it is sent again safely when a connection breaks.
  virtual Result<std::vector<Answer>> call(std::vector<Request> requests) = 0;

  // The JSON text of a view (views/query.h says which struct reads it). Fails with `unknown_task`
  // and the like.
  virtual Result<std::string> ask(const Query& query) = 0;

  // Visits every fact after `after` in order, and vital signs as they come, for ever, until `visit`
  // returns false. Facts that cannot be had any more fail with `resync`.
  virtual Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) = 0;

  // Keeps bytes beside the log. At most 16 MiB.
  virtual Result<BlobRef> put_blob(std::string_view bytes) = 0;
  virtual Result<std::string> get_blob(const BlobRef& blob) = 0;

  // Whether calls go to a server, which knows of new work at once; without one, a claim that waits
  // looks again by itself.
  virtual bool is_served() const = 0;

  // "the server at unix:/...", "the file /..."
  virtual std::string place() const = 0;
};

// One command, one answer.
Result<Answer> call_one(Client& client, Command command);

// Asks, and reads the view back into its struct.
template <typename View>
Result<View> ask_for(Client& client, const Query& query) {
  const std::string text = TRY(client.ask(query));
  const Json json = TRY(parse_json(text, "answer"));
  return from_json<View>(json, "answer");
}

// A request id that nobody else uses: the time and 64 random bits.
std::string new_request_id(Instant wall);

}  // namespace evener
