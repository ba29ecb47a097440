// Stands before every file of a copy of the tree in which bugs were planted (scripts/planted). All
// of them are compiled in, and the environment says which one is alive: one build serves for all.
#pragma once

#include <cstdlib>

namespace evener {

inline bool planted(int number) {
  static const char* const alive = std::getenv("EVENER_PLANTED");
  return alive != nullptr && std::atoi(alive) == number;
}

}  // namespace evener
