// One description of a struct's fields serves three ends: reading it strictly from JSON (unknown
// fields, wrong types and broken bounds are named with their path), writing it compactly, and its
// JSON Schema. A struct takes part by `static constexpr auto fields()`, a tuple of `field(...)`.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"

namespace evener {

// What a text must look like. `id`: one word of letters, digits and ._:/@+-, starting with a
// letter, digit or underscore. `line`: no control characters. `text`: no NUL.
enum class TextForm { text, line, id };

struct Bounds {
  bool required = false;
  std::size_t max_bytes = 64;  // of a text, or of each text in a list
  TextForm form = TextForm::line;
  std::size_t max_items = 64;
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

template <typename Owner, typename Member>
struct Field {
  std::string_view name;
  Member Owner::* member;
  std::string_view doc;
  Bounds bounds;
};

template <typename Owner, typename Member>
constexpr Field<Owner, Member> field(
    std::string_view name, Member Owner::* member, std::string_view doc, Bounds bounds = {}
) {
  return {name, member, doc, bounds};
}

// Specialised for every enum that is written as a word: `static constexpr std::array names{...}`,
// in the order of the enumerators from 0.
template <typename Enum>
struct EnumNames;

template <typename T>
concept NamedEnum = std::is_enum_v<T> && requires { EnumNames<T>::names.size(); };

template <typename T>
concept Described = requires { T::fields(); };

// A struct's fields, laid out once by the compiler.
template <Described T>
inline constexpr auto fields_of = T::fields();

template <NamedEnum Enum>
constexpr std::string_view name_of(Enum value) {
  return EnumNames<Enum>::names[static_cast<std::size_t>(value)];
}

template <NamedEnum Enum>
constexpr std::optional<Enum> enum_of(std::string_view name) {
  for (std::size_t i = 0; i < EnumNames<Enum>::names.size(); ++i) {
    if (EnumNames<Enum>::names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <typename T>
struct is_vector : std::false_type {};

template <typename T>
struct is_vector<std::vector<T>> : std::true_type {};

template <typename T>
struct is_optional : std::false_type {};

template <typename T>
struct is_optional<std::optional<T>> : std::true_type {};

template <typename T>
struct is_strong_int : std::false_type {};

template <typename Tag, typename Rep>
struct is_strong_int<StrongInt<Tag, Rep>> : std::true_type {};

// Where in a document a value stands; printed only when something is wrong.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  std::int64_t index = -1;

  std::string text() const;  // "tasks[3].needs"
};

// ---- reading -----------------------------------------------------------------------------------

Status read_text(const Json& json, std::string& out, const Bounds& bounds, const Path& path);
Status read_int(const Json& json, std::int64_t& out, const Bounds& bounds, const Path& path);
Error wrong_type(const Json& json, std::string_view expected, const Path& path);
Error unknown_field(
    std::string_view name, const std::vector<std::string_view>& known, const Path& path
);

// Whether `text` is of `form` and at most `max_bytes` long; else the Error that says what is wrong.
Status check_text(std::string_view text, const Bounds& bounds, const Path& path);

template <Described T>
Status read_object(
    const Json& json, T& out, const Path& path, std::initializer_list<std::string_view> also = {}
);

template <typename T>
Status read_value(const Json& json, T& out, const Bounds& bounds, const Path& path) {
  if constexpr (requires { T::read(json, out, bounds, path); }) {
    return T::read(json, out, bounds, path);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_text(json, out, bounds, path);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_bool()) return wrong_type(json, "true or false", path);
    out = json.get_bool();
    return Done{};
  } else if constexpr (std::is_same_v<T, RawJson>) {
    out.text = to_text(json);
    if (out.text.size() <= bounds.max_bytes) return Done{};
    return Error{
        "too_large",
        fmt::format("{} bytes of JSON; at most {} fit", out.text.size(), bounds.max_bytes),
        path.text()
    };
  } else if constexpr (is_strong_int<T>::value) {
    std::int64_t number = 0;
    TRY(read_int(json, number, bounds, path));
    out.value = static_cast<typename T::rep>(number);
    return Done{};
  } else if constexpr (std::is_integral_v<T>) {
    std::int64_t number = 0;
    TRY(read_int(json, number, bounds, path));
    if (!std::in_range<T>(number)) return wrong_type(json, "a smaller number", path);
    out = static_cast<T>(number);
    return Done{};
  } else if constexpr (NamedEnum<T>) {
    if (json.is_string()) {
      if (const auto value = enum_of<T>(std::string_view(json.get_string()))) {
        out = *value;
        return Done{};
      }
    }
    return wrong_type(json, fmt::format("one of {}", fmt::join(EnumNames<T>::names, ", ")), path);
  } else if constexpr (is_optional<T>::value) {
    if (json.is_null()) {
      out.reset();
      return Done{};
    }
    return read_value(json, out.emplace(), bounds, path);
  } else if constexpr (is_vector<T>::value) {
    if (!json.is_array()) return wrong_type(json, "a list", path);
    const JsonArray& items = json.get_array();
    if (items.size() > bounds.max_items) {
      return Error{
          "too_many",
          fmt::format("{} entries; at most {} are allowed", items.size(), bounds.max_items),
          path.text()
      };
    }
    out.clear();
    out.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      TRY(read_value(items[i], out.emplace_back(), bounds, Path{&path, {}, std::int64_t(i)}));
    }
    return Done{};
  } else {
    return read_object(json, out, path);
  }
}

// Reads every described field. Members named in `also` belong to somebody else and are passed over.
template <Described T>
Status read_object(
    const Json& json, T& out, const Path& path, std::initializer_list<std::string_view> also
) {
  if (!json.is_object()) return wrong_type(json, "an object", path);
  const JsonObject& object = json.get_object();
  std::size_t found = 0;
  for (const std::string_view name : also) found += object.contains(name) ? 1U : 0U;
  Status status = Done{};
  const auto read_field = [&](const auto& described) {
    const bool is_over = found == object.size();  // most objects have few of their many fields
    const Json* member = is_over ? nullptr : object.if_contains(described.name);
    if (member == nullptr || member->is_null()) {
      if (described.bounds.required) {
        status =
            Error{"missing_field", fmt::format("'{}' is missing", described.name), path.text()};
      }
      if (member != nullptr) ++found;
      return status.ok();
    }
    ++found;
    status = read_value(
        *member, out.*described.member, described.bounds, Path{&path, described.name, -1}
    );
    return status.ok();
  };
  std::apply([&](const auto&... described) { (read_field(described) && ...); }, fields_of<T>);
  if (!status.ok()) return status;
  if (found == object.size()) return Done{};
  std::vector<std::string_view> known(also);
  std::
      apply([&](const auto&... described) { (known.push_back(described.name), ...); }, fields_of<T>);
  for (const auto& [name, value] : object) {
    if (std::find(known.begin(), known.end(), std::string_view(name)) == known.end()) {
      return unknown_field(name, known, path);
    }
  }
  return Done{};
}

template <Described T>
Result<T> from_json(const Json& json, std::string_view where = {}) {
  T out;
  TRY(read_object(json, out, Path{nullptr, where, -1}));
  return out;
}

// ---- writing -----------------------------------------------------------------------------------

template <Described T>
void append_object(std::string& out, const T& value);

template <typename T>
void append_value(std::string& out, const T& value) {
  if constexpr (requires { value.append_to(out); }) {
    value.append_to(out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    append_json_string(out, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, RawJson>) {
    out += value.text.empty() ? "null" : value.text;
  } else if constexpr (is_strong_int<T>::value) {
    append_json_int(out, value.value);
  } else if constexpr (std::is_integral_v<T>) {
    append_json_int(out, value);
  } else if constexpr (NamedEnum<T>) {
    append_json_string(out, name_of(value));
  } else if constexpr (is_optional<T>::value) {
    if (value) {
      append_value(out, *value);
    } else {
      out += "null";
    }
  } else if constexpr (is_vector<T>::value) {
    out += '[';
    const char* separator = "";
    for (const auto& item : value) {
      out += separator;
      append_value(out, item);
      separator = ",";
    }
    out += ']';
  } else {
    append_object(out, value);
  }
}

// `,"name":` of a struct's field, laid out by the compiler.
template <Described T, std::size_t I>
inline constexpr auto key_of = [] {
  constexpr std::string_view name = std::get<I>(fields_of<T>).name;
  std::array<char, name.size() + 4> key{',', '"'};
  std::copy(name.begin(), name.end(), key.begin() + 2);
  key[name.size() + 2] = '"';
  key[name.size() + 3] = ':';
  return key;
}();

template <typename T>
void append_member(std::string& out, std::string_view key, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    append_json_member(out, key, value);
  } else if constexpr (is_strong_int<T>::value) {
    append_json_member(out, key, static_cast<std::int64_t>(value.value));
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    append_json_member(out, key, static_cast<std::int64_t>(value));
  } else {
    out += key;
    append_value(out, value);
  }
}

// Appends `,"name":value` for every field that differs from its default and that `is_wanted`, which
// is asked with its address.
template <Described T, typename IsWanted>
void append_members_if(std::string& out, const T& value, const IsWanted& is_wanted) {
  static const T defaults{};
  const auto append_field = [&](const auto& described, std::string_view key) {
    const auto& member = value.*described.member;
    if (!is_wanted(static_cast<const void*>(&member))) return;
    if (!described.bounds.required && member == defaults.*described.member) return;
    append_member(out, key, member);
  };
  constexpr std::size_t count = std::tuple_size_v<std::remove_const_t<decltype(fields_of<T>)>>;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto text = [](const auto& key) { return std::string_view(key.data(), key.size()); };
    (append_field(std::get<I>(fields_of<T>), text(key_of<T, I>)), ...);
  }(std::make_index_sequence<count>{});
}

template <Described T>
void append_members(std::string& out, const T& value) {
  append_members_if(out, value, [](const void*) { return true; });
}

template <Described T>
void append_object(std::string& out, const T& value) {
  const std::size_t start = out.size();
  append_members(out, value);
  if (out.size() == start) {
    out += "{}";
    return;
  }
  out[start] = '{';
  out += '}';
}

template <typename T>
std::string to_json_text(const T& value) {
  std::string out;
  append_value(out, value);
  return out;
}

// ---- schema ------------------------------------------------------------------------------------

template <Described T>
Json schema_of();

template <typename T>
Json schema_of_value(const Bounds& bounds) {
  if constexpr (requires { T::schema(bounds); }) {
    return T::schema(bounds);
  } else if constexpr (std::is_same_v<T, std::string>) {
    JsonObject schema{{"type", "string"}, {"maxLength", bounds.max_bytes}};
    if (bounds.form == TextForm::id) schema["pattern"] = "^[A-Za-z0-9_][A-Za-z0-9._:/@+-]*$";
    return schema;
  } else if constexpr (std::is_same_v<T, bool>) {
    return JsonObject{{"type", "boolean"}};
  } else if constexpr (std::is_same_v<T, RawJson>) {
    return JsonObject{};
  } else if constexpr (is_strong_int<T>::value || std::is_integral_v<T>) {
    JsonObject schema{{"type", "integer"}, {"minimum", bounds.min}};
    if (bounds.max != Bounds{}.max) schema["maximum"] = bounds.max;
    return schema;
  } else if constexpr (NamedEnum<T>) {
    JsonArray names;
    for (const std::string_view name : EnumNames<T>::names) names.emplace_back(name);
    return JsonObject{{"type", "string"}, {"enum", names}};
  } else if constexpr (is_optional<T>::value) {
    return schema_of_value<typename T::value_type>(bounds);
  } else if constexpr (is_vector<T>::value) {
    return JsonObject{
        {"type", "array"},
        {"maxItems", bounds.max_items},
        {"items", schema_of_value<typename T::value_type>(bounds)}
    };
  } else {
    return schema_of<T>();
  }
}

template <Described T>
Json schema_of() {
  JsonObject properties;
  JsonArray required;
  const auto add = [&](const auto& described) {
    using Member = std::remove_cvref_t<decltype(std::declval<T>().*described.member)>;
    Json schema = schema_of_value<Member>(described.bounds);
    if (schema.is_object()) schema.get_object()["description"] = described.doc;
    properties[described.name] = std::move(schema);
    if (described.bounds.required) required.emplace_back(described.name);
  };
  std::apply([&](const auto&... described) { (add(described), ...); }, fields_of<T>);
  JsonObject schema{
      {"type", "object"}, {"properties", properties}, {"additionalProperties", false}
  };
  if (!required.empty()) schema["required"] = required;
  return schema;
}

}  // namespace evener
