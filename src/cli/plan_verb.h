// The parts of `evener plan`, each in a file of its own.
#pragma once

#include "cli/verb.h"

namespace evener {

// A subcommand of a verb: how it is called, what its help says, and its flags and action.
struct PlanPartCommand {
  const char* name;
  const char* summary;
  const char* examples;
  Action (*add)(CLI::App* part);  // adds the flags; what is then done
};

Action add_plan_check(CLI::App* part);
Action add_plan_decompose(CLI::App* part);
Action add_plan_graph(CLI::App* part);
Action add_plan_simulate(CLI::App* part);

}  // namespace evener
