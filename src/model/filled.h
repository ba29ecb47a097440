// Structs with every field set to something, hostile where text may be hostile. For tests.
#pragma once

#include <string>
#include <tuple>

#include "base/fields.h"
#include "model/decimal.h"
#include "model/task.h"

namespace evener {

// Text that is written wrongly by whoever forgets to escape: quotes, slashes, control characters,
// markup, and characters of two to four bytes.
inline std::string hostile_text(const Bounds& bounds, int number) {
  if (bounds.form == TextForm::id) return "id_" + std::to_string(number) + ".a:b/c@d+e-f";
  std::string text = std::to_string(number) + " \"'\\/ </script> {}[],: ü€𐍈";
  if (bounds.form == TextForm::text) text += "\n\t\r\x01\x1b[0m\x7f";
  return text.size() <= bounds.max_bytes ? text : text.substr(0, 1);
}

template <typename T>
void fill(T& value, const Bounds& bounds, int& number);

template <Described T>
void fill_object(T& value, int& number) {
  std::apply(
      [&](const auto&... described) {
        (fill(value.*described.member, described.bounds, number), ...);
      },
      T::fields()
  );
}

template <typename T>
void fill(T& value, const Bounds& bounds, int& number) {
  ++number;
  if constexpr (std::is_same_v<T, Need>) {
    value = {hostile_text(bounds, number), Until::integrated};
  } else if constexpr (std::is_same_v<T, Decimal>) {
    value.millionths = -1'500'000 - number;
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = hostile_text(bounds, number);
  } else if constexpr (std::is_same_v<T, bool>) {
    value = !value;
  } else if constexpr (std::is_same_v<T, RawJson>) {
    value.text = R"({"a":[1,-2.5E0,"\u0001\"",null,true],"ü":{}})";
  } else if constexpr (is_strong_int<T>::value) {
    value.value = static_cast<typename T::rep>(std::max<std::int64_t>(bounds.min, 0) + number);
  } else if constexpr (std::is_integral_v<T>) {
    const std::int64_t least = std::max<std::int64_t>(bounds.min, 0);
    value = static_cast<T>(std::min(least + number, bounds.max));
  } else if constexpr (NamedEnum<T>) {
    value = static_cast<T>(EnumNames<T>::names.size() - 1);
  } else if constexpr (is_optional<T>::value) {
    fill(value.emplace(), bounds, number);
  } else if constexpr (is_vector<T>::value) {
    value.resize(2);
    for (auto& item : value) fill(item, bounds, number);
  } else {
    fill_object(value, number);
  }
}

// Which of the struct's fields, and theirs, have their default.
template <Described T>
std::string fields_at_default(const T& value) {
  const T defaults{};
  std::string names;
  const auto look = [&](const auto& described) {
    std::string kept;
    std::string fresh;
    append_value(kept, value.*described.member);
    append_value(fresh, defaults.*described.member);
    if (kept == fresh) names += std::string(described.name) + " ";
  };
  std::apply([&](const auto&... described) { (look(described), ...); }, T::fields());
  return names;
}

}  // namespace evener
