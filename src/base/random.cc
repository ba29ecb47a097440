#include "base/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace evener {

std::string random_hex(std::size_t bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string raw(bytes, '\0');
  CHECK(
      getrandom(raw.data(), bytes, 0) == static_cast<ssize_t>(bytes),
      "the kernel gave no randomness"
  );
  std::string hex;
  for (const char c : raw) {
    hex += digits[static_cast<unsigned char>(c) >> 4U];
    hex += digits[static_cast<unsigned char>(c) & 15U];
  }
  return hex;
}

}  // namespace evener
