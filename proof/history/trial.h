// One run: a pool in a folder of its own, clients at work, a server that is killed, stopped for a
// while and started again under them; and what they saw.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "history/operation.h"

namespace evener::history {

// Who is asked. `files`: processes of the command line on the pool's file, without a server.
// `served`: HTTP. `mixed`: processes of the command line, while a server comes and goes.
enum class Way { served, files, mixed };

struct TrialOptions {
  std::string evener;  // the program
  Way way = Way::served;
  std::int64_t seconds = 20;
  std::int64_t clients = 8;
  std::uint64_t seed = 1;
};

struct Trial {
  History history;
  std::string wrong;        // what a client saw that nothing can explain
  std::int64_t ends = 0;    // of the server, by SIGKILL
  std::int64_t pauses = 0;  // of the server
};

// Fails if no pool could be made, or it could not be served.
Result<Trial> run_trial(const TrialOptions& options);

}  // namespace evener::history

template <>
struct evener::EnumNames<evener::history::Way> {
  static constexpr std::array<std::string_view, 3> names{"served", "files", "mixed"};
};
