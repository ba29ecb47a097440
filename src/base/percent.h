// Percent-encoding, as RFC 3986 has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace evener {

struct PercentStyle {
  bool lower = false;           // %c3 instead of %C3
  bool plus_for_space = false;  // as forms are sent
};

// A part of a path or a query with every byte escaped that could be taken for its structure: "a/b
// c" is "a%2Fb%20c".
std::string percent_encoded(std::string_view text, const PercentStyle& style = {});

// The text that was encoded, in the first style; none if a '%' is not followed by two hex digits.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace evener
