// JSON in and out. Text is parsed by Boost.JSON; structs are read and written through their
// `fields()` (base/fields.h), so that one description serves input, output and schema.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evener {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

// Any JSON value kept as its compact text: Evener carries it and never reads it.
struct RawJson {
  std::string text;

  bool operator==(const RawJson&) const = default;
};

// Fails with `bad_json`, naming line and column. At most 32 levels deep; UTF-8 is checked; a
// fraction becomes the double nearest to it, and one too large for a double is refused.
Result<Json> parse_json(std::string_view text, std::string_view where = {});

// Compact, one line.
std::string to_text(const Json& value);

// Two-space indents, for people.
std::string to_pretty_text(const Json& value);

// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

void append_json_int(std::string& out, std::int64_t number);

// Appends `key` as it stands (`,"name":`) and the value behind it.
void append_json_member(std::string& out, std::string_view key, std::string_view text);
void append_json_member(std::string& out, std::string_view key, std::int64_t number);

}  // namespace evener
