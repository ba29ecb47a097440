#include "options.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>

namespace evener::sim {

namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error usage(std::string message) {
  return {"usage", std::move(message)};
}

}  // namespace

Result<std::vector<std::size_t>> read_step_numbers(const std::string& text) {
  std::vector<std::size_t> numbers;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t dash = part.find('-');
    const auto first = number_of(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number_of(part.substr(dash + 1));
    if (!first || !last || *last < *first) return usage("--only takes numbers such as 3,17,40-52");
    for (std::uint64_t number = *first; number <= *last; ++number) numbers.push_back(number);
  }
  return numbers;
}

std::string text_of_step_numbers(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!text.empty()) text += ',';
    text += end - i == 1 ? fmt::format("{}", numbers[i])
                         : fmt::format("{}-{}", numbers[i], numbers[end - 1]);
    i = end;
  }
  return text;
}

Result<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  const std::map<std::string, bool*> switches{
      {"--list", &options.lists},
      {"--shrink", &options.shrinks},
      {"--json", &options.json},
      {"--trace", &options.traces},
      {"--crash-points", &options.crash_points},
      {"--help", &options.helps},
  };
  std::uint64_t steps = options.steps;
  std::uint64_t seconds = 0;
  const std::map<std::string, std::uint64_t*> numbers{
      {"--seed", &options.seed},
      {"--seeds", &options.seeds},
      {"--steps", &steps},
      {"--seconds", &seconds},
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (const auto found = switches.find(word); found != switches.end()) {
      *found->second = true;
      continue;
    }
    if (i + 1 == words.size()) return usage(word + " is unknown, or lacks its value; see --help");
    const std::string& value = words[++i];
    if (const auto found = numbers.find(word); found != numbers.end()) {
      const auto number = number_of(value);
      if (!number) return usage(fmt::format("{}: '{}' is no whole number", word, value));
      *found->second = *number;
    } else if (word == "--scenario") {
      options.scenario = value;
    } else if (word == "--only") {
      options.only = TRY(read_step_numbers(value));
    } else {
      return usage(word + " is unknown; see --help");
    }
  }
  options.steps = steps;
  options.seconds = static_cast<std::int64_t>(seconds);
  for (const std::size_t number : options.only) {
    if (number >= options.steps) return usage("--only names a step that is not among --steps");
  }
  return options;
}

}  // namespace evener::sim
