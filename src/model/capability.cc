#include "model/capability.h"

#include <algorithm>

namespace evener {
namespace {

constexpr std::string_view signs = "<>=";

std::optional<Decimal> number_in(std::string_view text) {
  const Result<Decimal> number = parse_decimal(text);
  return number.ok() ? std::optional(*number) : std::nullopt;
}

// No name ends so that "a == b" or "a != b" would be taken for a value of it.
bool is_capability_name(std::string_view name) {
  return !name.empty() && name.back() != ' ' && name.back() != '!';
}

// Whether somebody means a value or a comparison: a sign stands behind a plain name. What has other
// marks before it, as free text may, is a name however odd.
bool is_compared(std::string_view text) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/@+- ";
  const std::size_t end = std::min(text.find_first_not_of(plain), text.size());
  const std::string_view rest = text.substr(end);
  return rest.starts_with("!=") || (!rest.empty() && signs.contains(rest.front()));
}

Error bad_capability(
    std::string_view text, std::string_view expected, const Path& path, std::size_t place
) {
  return {
      "bad_capability",
      fmt::format("'{}' is no such capability; expected {}", text, expected),
      Path{&path, {}, static_cast<std::int64_t>(place)}.text()
  };
}

bool passes(const WantedCapability& wanted, std::string_view value) {
  if (wanted.test == CapabilityTest::has) return true;
  if (!wanted.number) return false;  // the texts are not equal
  const std::optional<Decimal> number = number_in(value);
  if (!number) return false;
  switch (wanted.test) {
    case CapabilityTest::at_least:
      return *number >= *wanted.number;
    case CapabilityTest::at_most:
      return *number <= *wanted.number;
    default:
      return *number == *wanted.number;
  }
}

}  // namespace

std::optional<OfferedCapability> read_offered(std::string_view text) {
  const std::size_t sign = std::min(text.find_first_of(signs), text.size());
  const OfferedCapability offered{
      text.substr(0, sign), text.substr(std::min(sign + 1, text.size()))
  };
  if (sign == text.size()) return text.empty() ? std::nullopt : std::optional(offered);
  const bool is_sound = text[sign] == '=' && is_capability_name(offered.name) &&
                        !offered.value.empty() && !signs.contains(offered.value.front());
  return is_sound ? std::optional(offered) : std::nullopt;
}

std::optional<WantedCapability> read_wanted(std::string_view text) {
  if (const auto offered = read_offered(text)) {
    const bool has_value = !offered->value.empty();
    return WantedCapability{
        .name = offered->name,
        .test = has_value ? CapabilityTest::equals : CapabilityTest::has,
        .value = offered->value,
        .number = number_in(offered->value)
    };
  }
  const std::size_t sign = text.find_first_of(signs);
  if (sign == std::string_view::npos || !text.substr(sign + 1).starts_with('='))
    return std::nullopt;
  const WantedCapability wanted{
      .name = text.substr(0, sign),
      .test = text[sign] == '>' ? CapabilityTest::at_least : CapabilityTest::at_most,
      .value = text.substr(sign + 2),
      .number = number_in(text.substr(sign + 2))
  };
  const bool is_sound = text[sign] != '=' && is_capability_name(wanted.name) && wanted.number;
  return is_sound ? std::optional(wanted) : std::nullopt;
}

Status check_wanted(const std::vector<std::string>& texts, const Path& path) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!is_compared(texts[i]) || read_wanted(texts[i])) continue;
    return bad_capability(
        texts[i], "NAME, NAME=VALUE, NAME>=NUMBER or NAME<=NUMBER, without spaces around", path, i
    );
  }
  return Done{};
}

Status check_offered(const std::vector<std::string>& texts, const Path& path) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty() && (!is_compared(texts[i]) || read_offered(texts[i]))) continue;
    return bad_capability(
        texts[i], "what is there: NAME, NAME=VALUE or NAME=NUMBER, without spaces around", path, i
    );
  }
  return Done{};
}

bool has_capability(std::span<const std::string> offered, std::string_view wanted) {
  if (std::find(offered.begin(), offered.end(), wanted) != offered.end()) return true;
  const std::optional<WantedCapability> want = read_wanted(wanted);
  if (!want) return false;
  return std::any_of(offered.begin(), offered.end(), [&](std::string_view text) {
    const std::size_t name = want->name.size();
    return text.size() > name + 1 && text[name] == '=' && text.starts_with(want->name) &&
           passes(*want, text.substr(name + 1));
  });
}

std::vector<std::string> lacking_capabilities(
    std::span<const std::string> offered, std::span<const std::string> wanted
) {
  std::vector<std::string> out;
  for (const std::string& text : wanted) {
    if (!has_capability(offered, text)) out.push_back(text);
  }
  return out;
}

std::string offer_for(std::string_view wanted) {
  const std::optional<WantedCapability> want = read_wanted(wanted);
  const bool is_limit =
      want && (want->test == CapabilityTest::at_least || want->test == CapabilityTest::at_most);
  return is_limit ? fmt::format("{}={}", want->name, want->value) : std::string(wanted);
}

}  // namespace evener
