// What a claim gave: the task, and the right to run it. A command gets it as environment variables
// and, whole, as JSON on stdin; no text of a task ever becomes part of a shell line by itself.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/task.h"

namespace evener {

struct Grant {
  TaskSpec task = {};
  Fence fence = {};
  std::int64_t attempt = 0;
  Millis lease_ms = 0;
  Millis claimed_at = 0;    // boot clock, when the claim was first sent
  std::string json = {};    // the claim's whole result
  std::int64_t unread = 0;  // messages that the worker has not acknowledged
  std::int64_t urgent = 0;
};

// Reads a claim's result. Members that this version does not know are passed over: the pool may be
// newer. Fails with `bad_reply`.
Result<Grant> read_grant(std::string result, Millis claimed_at);

// Who runs it, and where.
struct Surroundings {
  std::string worker = {};
  std::string pool = {};  // what leads other commands to the same pool
  std::string server = {
  };  // the same, where it is reached by an address; "" stops an inherited one
};

using Variables = std::vector<std::pair<std::string, std::string>>;

// EVENER_TASK, EVENER_FENCE, EVENER_SECRETS (names, with commas) and so on, as docs/runner.md lists
// them. Variables that do not apply are set empty rather than left to be inherited; `run_exit` only
// for verify.
Variables environment_of(
    const Grant& grant, const Surroundings& surroundings, std::optional<int> run_exit = {}
);

// /bin/sh -c COMMAND
std::vector<std::string> shell_command(const std::string& command);

}  // namespace evener
