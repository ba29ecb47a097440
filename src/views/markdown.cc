#include "views/markdown.h"

#include <fmt/format.h>

#include "views/terminal.h"

namespace evener {
namespace {

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_plain_code(char c) {
  constexpr std::string_view others = " ._:/@+-*,'=";
  return is_word(c) || c == '_' || others.find(c) != std::string_view::npos;
}

// An underscore within a word is one; at its edge it would begin or end emphasis.
bool is_within_word(std::string_view line, std::size_t at) {
  return at > 0 && at + 1 < line.size() && is_word(line[at - 1]) && is_word(line[at + 1]);
}

// What a line that begins with it would become: a heading, a list, a rule, a definition.
bool begins_a_block(char c) {
  return std::string_view("#+-=:").find(c) != std::string_view::npos;
}

}  // namespace

std::string markdown_text(std::string_view text, int columns) {
  constexpr std::string_view special = "\\`*[]|~$";
  const std::string line = fit(safe_line(text), columns);
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      const bool escapes = special.find(c) != std::string_view::npos ||
                           (c == '_' && !is_within_word(line, i)) || (i == 0 && begins_a_block(c));
      if (escapes) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  for (const char c : text) {
    if (!is_plain_code(c)) return markdown_text(text);
  }
  return fmt::format("`{}`", text);
}

std::string day_text(Instant instant) {
  return format_time(instant).substr(0, std::string_view("2026-11-21").size());
}

std::string minute_text(Instant instant) {
  return day_text(instant) + " " + clock_text(instant).substr(0, std::string_view("12:00").size());
}

std::string clock_text(Instant instant) {
  constexpr std::string_view shape = "12:00:30";
  return format_time(instant).substr(std::string_view("2026-11-21T").size(), shape.size());
}

std::string rate_text(std::int64_t done, std::int64_t total) {
  if (total == 0) return "0/0";
  const std::int64_t hundredths = done * 10'000 / total;
  return fmt::format("{}/{} ({}.{:02} %)", done, total, hundredths / 100, hundredths % 100);
}

}  // namespace evener
