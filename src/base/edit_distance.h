// How far apart two words are, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace evener {

// The fewest letters to be put in, left out or replaced that turn one into the other. Both words
// are short: it takes their lengths multiplied.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace evener
