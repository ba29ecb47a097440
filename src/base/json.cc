#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace evener {
namespace {

constexpr std::size_t max_depth = 32;

void append_pretty(std::string& out, const Json& value, std::size_t indent) {
  const auto new_line = [&](std::size_t depth) {
    out += '\n';
    out.append(depth * 2, ' ');
  };
  if (value.is_object() && !value.get_object().empty()) {
    out += '{';
    const char* separator = "";
    for (const auto& [key, member] : value.get_object()) {
      out += separator;
      new_line(indent + 1);
      append_json_string(out, key);
      out += ": ";
      append_pretty(out, member, indent + 1);
      separator = ",";
    }
    new_line(indent);
    out += '}';
  } else if (value.is_array() && !value.get_array().empty()) {
    out += '[';
    const char* separator = "";
    for (const Json& item : value.get_array()) {
      out += separator;
      new_line(indent + 1);
      append_pretty(out, item, indent + 1);
      separator = ",";
    }
    new_line(indent);
    out += ']';
  } else {
    out += boost::json::serialize(value);
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view where) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code problem;
  const std::size_t read = parser.write(text.data(), text.size(), problem);
  if (!problem) parser.finish(problem);
  if (!problem) return parser.release();
  const std::string_view before = text.substr(0, read);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;
  return Error{
      "bad_json",
      fmt::format(
          "no valid JSON at line {}, column {}: {}", line, read - line_start + 1, problem.message()
      ),
      std::string(where)
  };
}

std::string to_text(const Json& value) {
  return boost::json::serialize(value);
}

std::string to_pretty_text(const Json& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') [[likely]]
      continue;
    out.append(text, plain_from, i - plain_from);
    plain_from = i + 1;
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += "\\u00";
        out += hex[byte >> 4U];
        out += hex[byte & 15U];
    }
  }
  out.append(text, plain_from, text.size() - plain_from);
  out += '"';
}

void append_json_int(std::string& out, std::int64_t number) {
  char digits[24];
  const auto [end, problem] = std::to_chars(std::begin(digits), std::end(digits), number);
  CHECK(problem == std::errc{}, "an integer did not fit 24 digits");
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace evener
