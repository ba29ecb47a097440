// Starts a keeper with exactly the descriptors that it needs, and with none besides.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "worker/descriptor.h"
#include "worker/process_tree.h"
#include "worker/time_limit.h"

namespace evener {

struct KeeperOrder {
  std::vector<std::string> keeper_argv;  // its path first
  std::vector<std::string> command;      // not empty
  std::vector<std::pair<std::string, std::string>> environment;
  std::string directory;
  std::string input;
  std::string mark;  // put into the environment of keeper and command
  std::optional<TimeLimit> limit;
};

// A keeper that was started; it is our child and must be reaped through `pidfd`.
struct StartedKeeper {
  ProcessIdentity identity;
  Descriptor pidfd;
  Descriptor channel;  // see keeper.h
  Descriptor output;   // the reading end, which never blocks
};

// Fails with `cannot_start`. The keeper itself has yet to start the command.
Result<StartedKeeper> start_keeper(const KeeperOrder& order);

}  // namespace evener
