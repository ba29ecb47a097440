// What the pictures share.
#pragma once

#include <string>
#include <string_view>

namespace evener {

// One line that can stand in an element or an attribute: safe as on a terminal (terminal.h), and
// nothing in it is markup.
std::string svg_text(std::string_view text);

}  // namespace evener
