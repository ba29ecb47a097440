// A decimal number with at most six digits behind its point, kept in millionths: facts and state
// hold no floating point. Outside it is a text, "56.25".
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fields.h"

namespace evener {

struct Decimal {
  static constexpr std::int64_t one = 1'000'000;
  static constexpr std::int64_t largest = 9'000'000'000'000 * one;  // and as far below zero

  std::int64_t millionths = 0;

  auto operator<=>(const Decimal&) const = default;

  // A text, or a number of JSON.
  static Status read(const Json& json, Decimal& out, const Bounds& bounds, const Path& path);
  void append_to(std::string& out) const;
  static Json schema(const Bounds& bounds);
};

// "-12", "0.5", "56.25": digits, at most six of them behind a point. Fails with `bad_number`.
Result<Decimal> parse_decimal(std::string_view text);

// The shortest text that reads back the same.
std::string format_decimal(Decimal number);

}  // namespace evener
