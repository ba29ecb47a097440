#include "formats/markdown_blocks.h"

namespace evener {

std::vector<std::string> code_in(std::string_view text) {
  std::vector<std::string> names;
  std::size_t open = 0;
  while ((open = text.find('`', open)) != std::string_view::npos) {
    const std::size_t close = text.find('`', open + 1);
    if (close == std::string_view::npos) break;
    names.emplace_back(text.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return names;
}

std::string plain(std::string text) {
  for (std::size_t at = 0; (at = text.find("**", at)) != std::string::npos;) text.erase(at, 2);
  if (text.size() > 2 && text.front() == '*' && text.back() == '*') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  text.resize(most);
  return text;
}

}  // namespace evener
