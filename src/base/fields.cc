#include "base/fields.h"

#include <algorithm>

#include "base/edit_distance.h"

namespace evener {
namespace {

std::string shown(const Json& json) {
  constexpr std::size_t longest = 40;
  std::string text = to_text(json);
  if (text.size() > longest) {
    std::size_t end = longest;  // cut before a character, not inside one
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_id(std::string_view text) {
  if (text.empty() || !is_word_byte(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_word_byte(c) || std::string_view("._:/@+-").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string Path::text() const {
  std::string before = parent != nullptr ? parent->text() : "";
  if (index >= 0) return fmt::format("{}[{}]", before, index);
  if (before.empty() || name.empty()) return before + std::string(name);
  return before + "." + std::string(name);
}

Error wrong_type(const Json& json, std::string_view expected, const Path& path) {
  return {"bad_value", fmt::format("expected {}, found {}", expected, shown(json)), path.text()};
}

Error unknown_field(
    std::string_view name, const std::vector<std::string_view>& known, const Path& path
) {
  const auto nearest = std::min_element(known.begin(), known.end(), [&](auto a, auto b) {
    return edit_distance(name, a) < edit_distance(name, b);
  });
  std::string message = fmt::format("'{}' is no field here", name.substr(0, 64));
  if (nearest != known.end() && edit_distance(name, *nearest) <= 2) {
    message += fmt::format("; did you mean '{}'?", *nearest);
  } else {
    message += fmt::format("; known are {}", fmt::join(known, ", "));
  }
  return {"unknown_field", message, path.text()};
}

Status check_text(std::string_view text, const Bounds& bounds, const Path& path) {
  if (text.size() > bounds.max_bytes) {
    return Error{
        "too_large",
        fmt::format("{} bytes of text; at most {} fit", text.size(), bounds.max_bytes),
        path.text()
    };
  }
  const auto bad = std::find_if(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (bounds.form == TextForm::text) return byte == 0;
    return byte < 0x20 || byte == 0x7F;
  });
  if (bad != text.end()) {
    return Error{
        "bad_value",
        fmt::format("a control character (byte {:#04x}) at {}", *bad, bad - text.begin()),
        path.text()
    };
  }
  if (bounds.form == TextForm::id && !is_id(text)) {
    return Error{
        "bad_id",
        fmt::format(
            "'{}' is no id; expected 1 to {} letters, digits or ._:/@+-, starting with a letter, "
            "digit or _",
            text.substr(0, 64),
            bounds.max_bytes
        ),
        path.text()
    };
  }
  return Done{};
}

Status read_text(const Json& json, std::string& out, const Bounds& bounds, const Path& path) {
  if (!json.is_string()) return wrong_type(json, "a text", path);
  out.assign(json.get_string().data(), json.get_string().size());
  return check_text(out, bounds, path);
}

Status read_int(const Json& json, std::int64_t& out, const Bounds& bounds, const Path& path) {
  const bool whole =
      json.is_int64() || (json.is_uint64() && std::in_range<std::int64_t>(json.get_uint64()));
  if (!whole) return wrong_type(json, "a whole number", path);
  out = json.is_int64() ? json.get_int64() : static_cast<std::int64_t>(json.get_uint64());
  if (out >= bounds.min && out <= bounds.max) return Done{};
  return wrong_type(json, fmt::format("a number from {} to {}", bounds.min, bounds.max), path);
}

}  // namespace evener
