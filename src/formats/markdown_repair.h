// Text that was UTF-8, was read as if it were Windows-1252, Windows-1254 or Mac Roman, and was
// written as UTF-8 again: "âœ…" for ✅. What such a reading did is undone by encoding again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace evener {

// Code points of UTF-8 text, and back.
std::u32string code_points(std::string_view text);
void append_utf8(std::string& out, char32_t point);

// The text with every damaged run of characters repaired; what is no such damage stays. A run from
// which one byte was lost (a code page that has no character for it) is repaired when that gives
// one of the symbols in `known`.
std::string repaired(std::string_view text, std::u32string_view known);

}  // namespace evener
