// The parts of `evener plan`: what can be said of a plan before it runs. One file a part; each adds
// its own flags.
#pragma once

#include "cli/verb.h"

namespace evener {

// A part of the verb, with its flags to be added to; its action leaves its exit code in the line.
CLI::App* add_plan_part(
    CommandLine& line,
    CLI::App& verb,
    const std::string& name,
    const std::string& summary,
    const std::string& examples,
    Action action
);

void add_plan_simulate(CommandLine& line, CLI::App& verb);

}  // namespace evener
