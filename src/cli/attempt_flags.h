// How a verb names an attempt: the task, the worker and the fence. The fence comes from the caller:
// --fence, EVENER_FENCE, or the ticket that `claim` wrote for this terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/identity.h"
#include "cli/session.h"

namespace evener {

struct AttemptName {
  std::string task;
  std::string worker;
  Fence fence;
};

class AttemptFlags {
 public:
  void add_to(CLI::App* verb);

  // Without a task: the one that this terminal holds. Fails with `usage`.
  Result<AttemptName> resolve(const Session& session) const;

 private:
  std::string task_;
  std::string worker_;
  CLI::Option* fence_option_ = nullptr;
  std::string fence_;
};

// Where this worker's claims are written down for its terminal.
TicketFile ticket_of(const Session& session, const std::string& worker);

}  // namespace evener
