#include "views/svg.h"

#include "views/terminal.h"

namespace evener {

std::string svg_text(std::string_view text) {
  std::string out;
  for (const char c : safe_line(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace evener
