// A target: a function that takes bytes from outside, feeds them to one of our readers, and ends
// the process (CHECK) when what comes out is not as it must be. The same source serves twice:
// libFuzzer looks for bytes that break it (scripts/fuzz), and the tests replay those that are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/check.h"

namespace evener::fuzz {

using Target = void (*)(std::string_view bytes);

// The targets of this program, by their names, which are also those of their corpora.
inline std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

inline bool add_target(const char* name, Target target) {
  return targets().emplace(name, target).second;
}

// Takes the first byte, which chooses among ways to read the rest.
inline unsigned take_choice(std::string_view& bytes) {
  if (bytes.empty()) return 0;
  const auto choice = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  return choice;
}

}  // namespace evener::fuzz

// libFuzzer's program has one target, and calls it by this name.
#ifdef EVENER_FUZZED
#define FUZZ_ENTRY(name)                                                              \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    evener::fuzz::fuzz_##name({reinterpret_cast<const char*>(data), size});           \
    return 0;                                                                         \
  }
#else
#define FUZZ_ENTRY(name)                                                     \
  namespace evener::fuzz {                                                   \
  [[maybe_unused]] const bool added_##name = add_target(#name, fuzz_##name); \
  }
#endif

#define FUZZ_TARGET(name)                   \
  namespace evener::fuzz {                  \
  void fuzz_##name(std::string_view bytes); \
  }                                         \
  FUZZ_ENTRY(name)                          \
  void evener::fuzz::fuzz_##name(std::string_view bytes)
