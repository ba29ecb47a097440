// A client of the pool under test, as an outsider would write one: it says operations in the pool's
// own words (docs/http.md, docs/cli.md) and writes down what it was told.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "base/seeded.h"
#include "history/operation.h"

namespace evener::history {

Micros micros_now();

// Reads the answer {"ok":..., "result":..., "refusal":...}, or a task's view, into the operation.
// One that is neither leaves it in silence.
void take_answer(Operation& operation, const Json& answer);
void take_view(Operation& operation, const Json& view);

class PoolClient {
 public:
  PoolClient() = default;
  PoolClient(const PoolClient&) = delete;
  PoolClient& operator=(const PoolClient&) = delete;
  virtual ~PoolClient() = default;

  // Does it, and fills in when it was called and how it ended. An operation that ends in silence
  // for good has `returned` never.
  virtual void perform(Operation& operation) = 0;

  // What it saw that no history is needed for to know as wrong; "" if nothing.
  virtual std::string wrong() const { return {}; }
};

// Over HTTP, to whoever serves the socket. It sends again, under the same request id, what got no
// answer; it hangs up on some of its own requests; and some it gives up on. After half a minute
// it gives up on all.
std::unique_ptr<PoolClient> served_client(const std::string& socket, std::uint64_t seed);

// A process of the command line for each operation, some of which are killed.
std::unique_ptr<PoolClient> command_client(
    const std::string& evener, const std::string& folder, std::uint64_t seed
);

}  // namespace evener::history
