// Randomness from the kernel: for ids, marks and tokens.
#pragma once

#include <cstddef>
#include <string>

namespace evener {

// `bytes` random bytes as lower-case hex.
std::string random_hex(std::size_t bytes);

}  // namespace evener
