// A worker that runs commands, as `evener work` does: each attempt is the product's own step
// machine (worker/attempt_machine.h). Its commands are made up: how long one runs, how it ends,
// whether it heeds SIGTERM. A keeper ends them with their runner.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/ids.h"
#include "worker/attempt_machine.h"

namespace evener::sim {

struct RunnerAttempt {
  std::string task;
  Fence fence;
  AttemptMachine machine;
  std::uint64_t command = 0;  // the number of the one that runs; 0: none does
  std::uint64_t ticks = 0;    // asked for so far: only the newest counts
  std::uint64_t renewal = 0;  // the number of the one that is unanswered; 0: none is
  bool heeds_sigterm = true;
  Millis killed_at = INT64_MAX;  // by SIGKILL: from then on it does nothing
};

struct Runner {
  std::string name = {};
  std::map<Fence, std::unique_ptr<RunnerAttempt>> attempts = {};
  std::uint64_t life = 1;   // which run of it
  Millis asleep_until = 0;  // its machine, with all that runs there
};

}  // namespace evener::sim
