// A fast checksum against damage by chance. Where somebody might forge what is checked, use
// sha256.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace evener {

// XXH3 with 128 bits of the texts one after another, as 32 lower-case hex digits.
std::string checksum_hex(std::span<const std::string_view> texts);

}  // namespace evener
