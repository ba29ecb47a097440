#include "base/percent.h"

#include <charconv>

namespace evener {
namespace {

bool is_unreserved(char c) {
  constexpr std::string_view marks = "-._~";
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
}

}  // namespace

std::string percent_encoded(std::string_view text, const PercentStyle& style) {
  const std::string_view hex = style.lower ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(c)) {
      out += c;
    } else if (c == ' ' && style.plus_for_space) {
      out += '+';
    } else {
      out += '%';
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    }
  }
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool is_escape = text.front() == '%';
    const std::size_t length = is_escape ? 3 : 1;
    if (text.size() < length) return std::nullopt;
    unsigned char byte = static_cast<unsigned char>(text.front());
    if (is_escape) {
      const char* const end = text.data() + length;
      const auto [rest, problem] = std::from_chars(text.data() + 1, end, byte, 16);
      if (problem != std::errc{} || rest != end) return std::nullopt;
    }
    out += static_cast<char>(byte);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace evener
