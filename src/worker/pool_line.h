// One slot's line to the pool: its client, and the flag by which a stop interrupts what the client
// waits for. Once a stop has been noticed, the same client is used to tidy up.
#pragma once

#include <memory>
#include <vector>

#include "worker/grant.h"
#include "worker/shift.h"
#include "worker/signal_fd.h"

namespace evener {

// An attempt that was ended by somebody else than its runner, such as its own command.
struct AttemptEnd {
  AttemptOutcome outcome = AttemptOutcome::running;
  bool closed = false;  // it has finished or failed the task, which nobody can claim any more
};

class PoolLine {
 public:
  PoolLine(Shift& shift, std::unique_ptr<Client> client, std::shared_ptr<SignalFd> interrupt)
      : shift_(shift), client_(std::move(client)), interrupt_(std::move(interrupt)) {}

  // As Client::call. An `interrupted` is answered once for each stop. When the pool may have
  // forgotten the worker, it is registered again.
  Result<std::vector<Answer>> call(std::vector<Request> requests);

  // As Client::ask, likewise, and parsed.
  Result<Json> ask(const Query& query);

  // What the pool knows of an attempt that it says is over. Fails also if it does not tell;
  // a stop does not keep it from being asked.
  Result<AttemptEnd> end_of(const Grant& grant);

  // As Client::put_blob; a stop does not keep it from being done.
  Result<BlobRef> put_blob(std::string_view bytes);

  // What is asked was answered, while nothing is called for so long that no answer would show it.
  void note_reached();

  const Client& client() const { return *client_; }

  // Waits; ends early at a stop.
  void pause(Millis duration);

 private:
  void note_answers(const std::vector<Answer>& answers);
  void register_again();
  bool is_set_back(const std::vector<Answer>& answers);
  void note(const Error& error);

  Shift& shift_;
  std::unique_ptr<Client> client_;
  std::shared_ptr<SignalFd> interrupt_;
  Seq newest_;  // fact that the pool has told of
};

}  // namespace evener
