#include "formats/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "formats/plan.h"

namespace evener {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The bytes of the character that starts `rest`, or 0 if they are no UTF-8 (RFC 3629: no overlong
// forms, no surrogates, nothing beyond U+10FFFF).
std::size_t character_bytes(std::string_view rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  if (first < 0x80) return 1;
  std::size_t bytes = 0;
  if (first >= 0xC2 && first <= 0xDF) bytes = 2;
  if (first >= 0xE0 && first <= 0xEF) bytes = 3;
  if (first >= 0xF0 && first <= 0xF4) bytes = 4;
  if (bytes == 0 || rest.size() < bytes) return 0;
  const std::string_view tail = rest.substr(1, bytes - 1);
  if (!std::all_of(tail.begin(), tail.end(), is_continuation)) return 0;
  const auto second = static_cast<unsigned char>(rest[1]);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return bytes;
}

std::optional<std::size_t> first_bad_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t bytes = character_bytes(text.substr(i));
    if (bytes == 0) return i;
    i += bytes;
  }
  return std::nullopt;
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  return {
      std::count(before.begin(), before.end(), '\n') + 1,
      std::count_if(line.begin(), line.end(), [](char c) { return !is_continuation(c); }) + 1
  };
}

std::vector<PathStep> steps_of(std::string_view path) {
  std::vector<PathStep> steps;
  while (!path.empty()) {
    PathStep step;
    std::size_t end = 0;
    if (path.starts_with("[\"")) {
      end = path.find("\"]");
      step.name = path.substr(2, end - 2);
      end = end == std::string_view::npos ? end : end + 2;
    } else if (path.front() == '[') {
      std::from_chars(path.data() + 1, path.data() + path.size(), step.index);
      end = path.find(']');
      end = end == std::string_view::npos ? end : end + 1;
    } else {
      if (path.front() == '.') path.remove_prefix(1);
      end = path.find_first_of(".[");
      step.name = path.substr(0, end);
    }
    steps.push_back(step);
    path.remove_prefix(std::min(end, path.size()));
  }
  return steps;
}

std::string file_place(const std::string& file, Position position) {
  return fmt::format("{}:{}:{}", file, position.line, position.column);
}

std::string Document::place(std::string_view path) const {
  const std::string place = file_place(file, find(path));
  return path.empty() ? place : fmt::format("{} {}", place, path);
}

Error Document::placed(Error error) const {
  error.where = place(error.where);
  return error;
}

void Problems::add(Error error) {
  if (!full()) errors_.push_back(std::move(error));
}

void Problems::add(const Document& document, Error error) {
  if (!full()) errors_.push_back(document.placed(std::move(error)));
}

Result<std::string_view> checked_text(std::string_view text, const std::string& file) {
  constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
  if (text.size() > longest_plan_bytes) {
    return Error{
        "too_large",
        fmt::format("a plan of {} bytes; at most {} fit", text.size(), longest_plan_bytes),
        file
    };
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return Error{"bad_utf8", "the file is UTF-16; save it as UTF-8", file};
  }
  if (text.starts_with(utf8_mark)) text.remove_prefix(utf8_mark.size());
  if (const auto bad = first_bad_utf8(text)) {
    return Error{
        "bad_utf8",
        fmt::format("byte {:#04x} is no UTF-8", static_cast<unsigned char>(text[*bad])),
        file_place(file, position_of(text, *bad))
    };
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return Error{"empty_plan", "the file is empty; expected a plan", file};
  }
  return text;
}

}  // namespace evener
