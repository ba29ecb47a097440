#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/json_document.h"

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

// Builds values as Boost.JSON's own parser does, but for fractions: those it reads are not always
// the nearest to what was written, so that a fraction that is read, written and read again could
// change, and one too large for a double became infinite.
class ValueBuilder {
 public:
  static constexpr std::size_t max_object_size = JsonObject::max_size();
  static constexpr std::size_t max_array_size = JsonArray::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();

  using Text = boost::json::string_view;
  using Problem = boost::json::error_code;

  // Where the values lie.
  explicit ValueBuilder(boost::json::storage_ptr memory)
      : stack_(boost::json::storage_ptr(), room_.data(), room_.size()) {
    stack_.reset(std::move(memory));
  }

  bool on_document_begin(Problem&) { return true; }

  bool on_document_end(Problem&) { return true; }

  bool on_object_begin(Problem&) { return true; }

  bool on_object_end(std::size_t count, Problem&) {
    stack_.push_object(count);
    return true;
  }

  bool on_array_begin(Problem&) { return true; }

  bool on_array_end(std::size_t count, Problem&) {
    stack_.push_array(count);
    return true;
  }

  bool on_key_part(Text text, std::size_t, Problem&) { return on_part(text); }

  bool on_key(Text text, std::size_t, Problem&) {
    stack_.push_key(text);
    return true;
  }

  bool on_string_part(Text text, std::size_t, Problem&) { return on_part(text); }

  bool on_string(Text text, std::size_t, Problem&) {
    stack_.push_string(text);
    return true;
  }

  bool on_number_part(Text text, Problem&) {
    number_.append(text.data(), text.size());
    return true;
  }

  bool on_int64(std::int64_t number, Text, Problem&) {
    number_.clear();
    stack_.push_int64(number);
    return true;
  }

  bool on_uint64(std::uint64_t number, Text, Problem&) {
    number_.clear();
    stack_.push_uint64(number);
    return true;
  }

  bool on_double(double nearly, Text text, Problem& problem) {
    number_.append(text.data(), text.size());
    double exactly = 0;
    const auto read = std::from_chars(number_.data(), number_.data() + number_.size(), exactly);
    number_.clear();
    const bool is_tiny = read.ec == std::errc::result_out_of_range && std::abs(nearly) < 1;
    if (read.ec != std::errc{} && !is_tiny) {
      problem = boost::json::error::exponent_overflow;
      return false;
    }
    stack_.push_double(is_tiny ? 0 : exactly);
    return true;
  }

  bool on_bool(bool value, Problem&) {
    stack_.push_bool(value);
    return true;
  }

  bool on_null(Problem&) {
    stack_.push_null();
    return true;
  }

  bool on_comment_part(Text, Problem&) { return true; }

  bool on_comment(Text, Problem&) { return true; }

  Json release() { return stack_.release(); }

 private:
  bool on_part(Text text) {
    stack_.push_chars(text);
    return true;
  }

  std::array<unsigned char, 1024> room_;  // of the stack
  boost::json::value_stack stack_;
  std::string number_;
};

// Whether none of the eight bytes at `text` must be escaped: a quote, a backslash or a control
// character. (Bit tricks: a byte of x is below n where (x - n * ones) & ~x has its top bit set,
// which errs only by a borrow from a byte that is below n itself.)
bool are_plain(const char* text) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t tops = 0x8080808080808080U;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  const auto has_zero = [](std::uint64_t x) { return (x - ones) & ~x & tops; };
  const std::uint64_t is_control = (bytes - ones * 0x20U) & ~bytes & tops;
  return (is_control | has_zero(bytes ^ (ones * '"')) | has_zero(bytes ^ (ones * '\\'))) == 0;
}

bool needs_no_escape(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

// How many bytes at the start need no escape.
std::size_t plain_bytes(std::string_view text) {
  std::size_t plain = 0;
  while (plain + 8 <= text.size() && are_plain(text.data() + plain)) plain += 8;
  // The last eight bytes once more, instead of what is left one by one.
  if (text.size() >= 8 && plain + 8 > text.size() && are_plain(text.data() + text.size() - 8)) {
    return text.size();
  }
  while (plain < text.size() && needs_no_escape(text[plain])) ++plain;
  return plain;
}

constexpr std::size_t longest_int = 32;  // at most 20 digits, written eight at a time

// The eight digits of a number below 10^8, the first in the lowest byte. All are found side by
// side: first two numbers of four digits, then four of two, then eight of one.
std::uint64_t eight_digits(std::uint32_t number) {
  const std::uint64_t fours = number / 10'000 + (std::uint64_t{number % 10'000} << 32U);
  const std::uint64_t high = (fours * 10'486 >> 20U) & 0x0000'007F'0000'007FU;  // hundreds
  const std::uint64_t twos = high + ((fours - 100 * high) << 16U);
  const std::uint64_t tens = (twos * 103 >> 10U) & 0x000F'000F'000F'000FU;
  return tens + ((twos - 10 * tens) << 8U);
}

// Writes the number at `at`, where `longest_int` bytes may be overwritten; answers its end.
char* write_digits(char* at, std::uint64_t number) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t zeros = 0x3030'3030'3030'3030U;
  constexpr std::uint64_t one_chunk = 100'000'000;
  if (number < 10) {
    *at = static_cast<char>('0' + number);
    return at + 1;
  }
  if (number >= one_chunk) {
    at = write_digits(at, number / one_chunk);
    const std::uint64_t text = eight_digits(static_cast<std::uint32_t>(number % one_chunk)) | zeros;
    std::memcpy(at, &text, sizeof text);
    return at + 8;
  }
  const std::uint64_t digits = eight_digits(static_cast<std::uint32_t>(number));
  const unsigned leading = static_cast<unsigned>(std::countr_zero(digits)) & ~7U;  // bits of zeros
  const std::uint64_t text = (digits | zeros) >> leading;
  std::memcpy(at, &text, sizeof text);
  return at + (8 - leading / 8);
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
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
      out += hex[static_cast<unsigned char>(c) >> 4U];
      out += hex[static_cast<unsigned char>(c) & 15U];
  }
}

void append_escaping(std::string& out, std::string_view text) {
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (i + 8 <= text.size() && are_plain(text.data() + i)) {
      i += 8;
      continue;
    }
    if (!needs_no_escape(text[i])) {
      out.append(text, plain_from, i - plain_from);
      plain_from = i + 1;
      append_escaped(out, text[i]);
    }
    ++i;
  }
  out.append(text, plain_from, text.size() - plain_from);
}

Result<Json> parse_into(
    std::string_view text, std::string_view where, boost::json::storage_ptr memory
) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<ValueBuilder> parser(options, std::move(memory));
  boost::system::error_code problem;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), problem);
  if (!problem && read < text.size()) problem = boost::json::error::extra_data;
  if (!problem) return parser.handler().release();
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

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view where) {
  return parse_into(text, where, {});
}

Status JsonDocument::parse(std::string_view text, std::string_view where) {
  root_ = TRY(parse_into(text, where, &memory_));
  return Done{};
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
  append_json_member(out, {}, text);
}

void append_json_int(std::string& out, std::int64_t number) {
  append_json_member(out, {}, number);
}

// (What g++ 12 hands to the function of resize_and_overwrite may be more than was asked for.)

void append_json_member(std::string& out, std::string_view key, std::string_view text) {
  const std::size_t plain = plain_bytes(text);
  const bool is_all = plain == text.size();  // as most are: these are copied at once
  const std::size_t start = out.size();
  const std::size_t end = start + key.size() + plain + 2;
  out.resize_and_overwrite(end, [&](char* buffer, std::size_t) {
    char* const at = buffer + start;
    std::copy(key.begin(), key.end(), at);
    at[key.size()] = '"';
    std::copy_n(text.begin(), plain, at + key.size() + 1);
    buffer[end - 1] = '"';
    return is_all ? end : end - 1;
  });
  if (is_all) return;
  append_escaping(out, text.substr(plain));
  out += '"';
}

void append_json_member(std::string& out, std::string_view key, std::int64_t number) {
  const std::size_t start = out.size();
  out.resize_and_overwrite(start + key.size() + longest_int, [&](char* buffer, std::size_t) {
    char* at = std::copy(key.begin(), key.end(), buffer + start);
    auto left = static_cast<std::uint64_t>(number);
    if (number < 0) {
      *at++ = '-';
      left = 0 - left;
    }
    return static_cast<std::size_t>(write_digits(at, left) - buffer);
  });
}

}  // namespace evener
