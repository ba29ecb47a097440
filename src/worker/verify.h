// A task's verify command, run for somebody who finishes the task by hand.
#pragma once

#include <string>

#include "client/client.h"
#include "worker/grant.h"
#include "worker/process.h"

namespace evener {

struct VerifyOrder {
  Surroundings surroundings = {};
  Fence fence = {};
  std::int64_t attempt = 0;  // 0: not known
  std::string directory = {};
  int stop_fd = -1;
  Millis grace_ms = 5000;
  LineListener on_line = nullptr;
};

// Runs it with the same environment that a runner gives, except EVENER_RUN_EXIT, and answers what
// it left, whether it passed or not; nothing if the task has no verify command. An output that does
// not fit into the evidence is uploaded, if that is possible. Fails with `cannot_start`, or with
// `interrupted` when `stop_fd` becomes readable; then the command has been ended.
Result<Evidence> run_verify(
    const TaskSpec& task, const VerifyOrder& order, ProcessRunner& processes, Client& client
);

}  // namespace evener
