#include "model/decimal.h"

#include <cmath>

namespace evener {
namespace {

constexpr std::size_t most_places = 6;

Error bad_number(std::string_view text) {
  return {
      "bad_number",
      fmt::format(
          "'{}' is no number from -9000000000000 to 9000000000000 with at most {} digits behind "
          "its point",
          text.substr(0, 64),
          most_places
      )
  };
}

}  // namespace

Result<Decimal> parse_decimal(std::string_view text) {
  std::string_view rest = text;
  const bool is_negative = rest.starts_with('-');
  if (is_negative) rest.remove_prefix(1);
  const std::size_t point = std::min(rest.find('.'), rest.size());
  const std::string_view whole = rest.substr(0, point);
  const std::string_view places = point == rest.size() ? "" : rest.substr(point + 1);
  const bool has_point = point != rest.size();
  if (whole.empty() || (has_point && places.empty()) || places.size() > most_places) {
    return bad_number(text);
  }
  std::int64_t value = 0;
  for (const char c : std::string(whole) + std::string(places)) {
    if (c < '0' || c > '9') return bad_number(text);
    const int digit = c - '0';
    if (value > (Decimal::largest - digit) / 10) return bad_number(text);
    value = value * 10 + digit;
  }
  for (std::size_t i = places.size(); i < most_places; ++i) {
    if (value > Decimal::largest / 10) return bad_number(text);
    value *= 10;
  }
  return Decimal{is_negative ? -value : value};
}

std::string format_decimal(Decimal number) {
  const bool is_negative = number.millionths < 0;
  const std::int64_t value = is_negative ? -number.millionths : number.millionths;
  std::string out =
      fmt::format("{}{}", is_negative ? "-" : "", fmt::format("{}", value / Decimal::one));
  if (value % Decimal::one == 0) return out;
  out += fmt::format(".{:06}", value % Decimal::one);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}

Status Decimal::read(const Json& json, Decimal& out, const Bounds&, const Path& path) {
  constexpr std::string_view expected = "a decimal number";
  std::string text;
  if (json.is_string()) {
    text = json.get_string();
  } else if (json.is_int64()) {
    text = fmt::format("{}", json.get_int64());
  } else if (json.is_double() && std::isfinite(json.get_double())) {
    text = fmt::format("{:f}", json.get_double());
    const bool is_exact = std::stod(text) == json.get_double();
    if (!is_exact)
      return wrong_type(json, "a number with at most six digits behind its point", path);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  } else {
    return wrong_type(json, expected, path);
  }
  const Result<Decimal> number = parse_decimal(text);
  if (!number.ok()) return Error{number.error().code, number.error().message, path.text()};
  out = *number;
  return Done{};
}

void Decimal::append_to(std::string& out) const {
  out += '"';
  out += format_decimal(*this);
  out += '"';
}

Json Decimal::schema(const Bounds&) {
  constexpr std::int64_t most = largest / one;
  constexpr std::string_view pattern =
      "^-?([0-8]?[0-9]{1,12}(\\.[0-9]{1,6})?|9000000000000(\\.0{1,6})?)$";
  return JsonObject{
      {"anyOf",
       JsonArray{
           JsonObject{{"type", "string"}, {"pattern", pattern}},
           JsonObject{{"type", "number"}, {"minimum", -most}, {"maximum", most}}
       }}
  };
}

}  // namespace evener
