#include "formats/markdown_measures.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "formats/markdown_words.h"

namespace evener {
namespace {

std::optional<std::int64_t> number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// "18/32", and where it ends.
bool find_fraction(
    std::string_view text, std::int64_t& part, std::int64_t& whole, std::size_t& end
) {
  for (std::size_t at = 0; (at = text.find('/', at)) != std::string_view::npos; ++at) {
    std::size_t first = at;
    while (first > 0 && is_digit(text[first - 1])) --first;
    end = at + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    const auto above = number(text.substr(first, at - first));
    const auto below = number(text.substr(at + 1, end - at - 1));
    if (!above || !below) continue;
    part = *above;
    whole = *below;
    return true;
  }
  return false;
}

}  // namespace

std::optional<StatedMeasure> counted_tasks(const MarkdownLine& line, const MarkedText& marked) {
  StatedMeasure measure{.line = line.number};
  std::size_t end = 0;
  if (!find_fraction(line.text, measure.part, measure.whole, end)) return std::nullopt;
  const std::string behind = lower_case(line.text.substr(end));
  const std::size_t task = behind.find("task");
  if (task == std::string::npos || task > 24) return std::nullopt;
  const bool is_below = task >= 3 && behind.substr(task - 3, 3) == "sub";
  measure.counted = is_below ? Counted::subtasks : Counted::tasks;
  const bool labelled = !marked.label.empty() && !marked.value.empty();
  measure.name = labelled ? marked.label : is_below ? "subtasks" : "tasks";
  measure.value = labelled ? marked.value : marked.text;
  return measure;
}

StatedMeasure stated_measure(const MarkdownLine& line, const MarkedText& marked) {
  if (const auto counted = counted_tasks(line, marked)) return *counted;
  StatedMeasure measure{.line = line.number};
  if (line.box == '\0' && !marked.label.empty() && !marked.value.empty()) {
    measure.name = marked.label;
    measure.value = marked.value;
    return measure;
  }
  const std::string& text = marked.text;
  for (const std::string_view sign : {">", "<", "\xE2\x89\xA5", "\xE2\x89\xA4"}) {
    const std::size_t at = text.find(sign);
    if (at == std::string::npos || at == 0) continue;
    if (text.find_first_of("0123456789", at) == std::string::npos) continue;
    measure.name = trimmed(std::string_view(text).substr(0, at));
    measure.goal = trimmed(std::string_view(text).substr(at));
    return measure;
  }
  measure.name = text;
  measure.goal = "met";
  if (marked.word == "done") measure.value = "met";
  if (line.box == ' ') measure.value = "open";
  return measure;
}

}  // namespace evener
