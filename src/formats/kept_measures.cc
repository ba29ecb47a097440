#include "formats/kept_measures.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "formats/markdown_words.h"

namespace evener {
namespace {

struct Figure {
  Decimal number;
  std::string unit;
};

// The first number in the text, and the word behind it. Thousands may be parted by commas.
std::optional<Figure> figure_in(std::string_view text) {
  const std::size_t first = text.find_first_of("0123456789");
  if (first == std::string_view::npos) return std::nullopt;
  std::string digits = first > 0 && text[first - 1] == '-' ? "-" : "";
  std::size_t end = first;
  for (; end < text.size(); ++end) {
    const bool goes_on = end + 1 < text.size() && is_digit(text[end + 1]);
    if (is_digit(text[end]) || (text[end] == '.' && goes_on)) {
      digits += text[end];
    } else if (text[end] != ',' || !goes_on) {
      break;
    }
  }
  const Result<Decimal> number = parse_decimal(digits);
  if (!number.ok()) return std::nullopt;
  std::size_t unit = end;
  while (unit < text.size() && text[unit] == ' ') ++unit;
  constexpr std::size_t longest_unit = 16;
  std::string word(text.substr(unit, text.find_first_of(" ,;.()/", unit) - unit));
  if (word.size() > longest_unit) word.clear();
  return Figure{*number, std::move(word)};
}

std::string name_of_measure(std::string name) {
  for (const std::string_view sign : {" <= ", " >= "}) {
    for (std::size_t at = 0; (at = name.find(sign)) != std::string::npos;) name.replace(at, 4, " ");
  }
  for (char& c : name) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  if (name.size() > limits::id_bytes - 8) {
    std::size_t end = limits::id_bytes - 8;  // room for a number behind it
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
    name.resize(end);
  }
  return std::string(trimmed(name));
}

bool read_goal(const std::string& goal, MeasureSpec& spec) {
  if (goal == "met") {
    spec.goal = spec.of = Decimal{Decimal::one};
    return true;
  }
  const std::optional<Figure> figure = figure_in(goal);
  if (!figure) return false;
  spec.goal = figure->number;
  spec.unit = figure->unit;
  const bool is_most = goal.starts_with('<') || goal.starts_with("\xE2\x89\xA4");
  if (is_most) spec.direction = Direction::down;
  return true;
}

bool read_value(const StatedMeasure& stated, MeasureSpec& spec) {
  if (stated.counted != Counted::nothing) {
    spec.value = Decimal{stated.part * Decimal::one};
    spec.of = Decimal{stated.whole * Decimal::one};
    spec.unit = name_of(stated.counted);
    return true;
  }
  if (stated.value == "met" || stated.value == "open") {
    spec.value = Decimal{stated.value == "met" ? Decimal::one : 0};
    return true;
  }
  const std::optional<Figure> figure = figure_in(stated.value);
  if (!figure) return false;
  spec.value = figure->number;
  if (spec.unit.empty()) spec.unit = figure->unit;
  return true;
}

bool is_countable(const StatedMeasure& stated) {
  constexpr std::int64_t most = Decimal::largest / Decimal::one;
  return stated.part >= 0 && stated.part <= most && stated.whole >= 0 && stated.whole <= most;
}

}  // namespace

KeptMeasures kept_measures(const std::vector<StatedMeasure>& stated) {
  KeptMeasures kept;
  std::set<std::string> names;
  for (const StatedMeasure& measure : stated) {
    MeasureSpec spec{.name = name_of_measure(measure.name)};
    const bool has_goal = !measure.goal.empty() && read_goal(measure.goal, spec);
    const bool has_value = is_countable(measure) && read_value(measure, spec);
    if (spec.name.empty() || (!has_goal && !has_value)) {
      kept.left.push_back(measure);
      continue;
    }
    const std::string base = spec.name;
    for (int n = 2; !names.insert(spec.name).second; ++n) spec.name = fmt::format("{} {}", base, n);
    kept.measures.push_back(std::move(spec));
  }
  return kept;
}

}  // namespace evener
