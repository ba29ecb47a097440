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
  Fence fence = {};
  bool is_from_environment = false;  // the task: EVENER_TASK named it
};

class AttemptFlags {
 public:
  void add_to(CLI::App* verb);

  // Without a task: that of EVENER_TASK, else the one that this terminal holds. Fails with `usage`.
  Result<AttemptName> resolve(Session& session) const;

 private:
  Result<AttemptName> held(Session& session, AttemptName name) const;

  std::string task_;
  std::string worker_;
  CLI::Option* fence_option_ = nullptr;
  std::string fence_;
};

// What is kept for a server elsewhere, which needs no pool's folder here.
std::string state_folder();

// Where this worker's claims are written down for its terminal.
TicketFile ticket_of(const Session& session, const std::string& worker);

// Gives a command about the attempt, as Session::give(), and lets go of its ticket if the attempt
// is over: it ends by this command (`ends`), or the pool says that it has ended.
ExitCode give_about(
    Session& session, const AttemptName& name, Command command, bool ends, const Session::Show& show
);

// What helps those who are another worker than they think; "" for one who was named.
std::string name_advice(const std::string& given_name);

}  // namespace evener
