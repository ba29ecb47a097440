// The command line: finds the verb, runs it, answers with its exit code.
#pragma once

namespace evener {

int run_cli(int argc, char** argv);

}  // namespace evener
