#include <string_view>

#include "cli/cli.h"
#include "worker/keeper.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == evener::keeper_verb) {
    return evener::keeper_main(argc, argv);
  }
  return evener::run_cli(argc, argv);
}
