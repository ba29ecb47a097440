// Which name was meant by one that is mistyped, for "did you mean".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evener {

// Those of `known` that begin with `wrong` or are few letters from it, the nearest first, three at
// most. Two letters in each other's place are one mistake.
std::vector<std::string> near_names(std::string_view wrong, std::span<const std::string> known);

}  // namespace evener
