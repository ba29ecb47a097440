// CHECK ends the process when an invariant of ours is broken, also in release builds: an
// impossible state must never be written down or answered from.
#pragma once

#include <string_view>

namespace evener {

[[noreturn]] void check_failed(
    const char* file, int line, const char* condition, std::string_view message
);

}  // namespace evener

#define CHECK(condition, message)                                      \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::evener::check_failed(__FILE__, __LINE__, #condition, message); \
  } while (false)
