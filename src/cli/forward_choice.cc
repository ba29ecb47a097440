#include "cli/forward_choice.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "base/edit_distance.h"

namespace evener {
namespace {

template <std::size_t... I>
std::vector<std::string_view> types_of(std::index_sequence<I...>) {
  return {std::variant_alternative_t<I, FactBody>::type...};
}

bool fits(const std::string& pattern, std::string_view text) {
  if (pattern.empty()) return true;
  return !text.empty() && ::fnmatch(pattern.c_str(), std::string(text).c_str(), 0) == 0;
}

// Some letters differ, or one is a part of the other: "claimed" of "task_claimed".
bool is_near(std::string_view wrong, std::string_view type) {
  constexpr std::size_t fewest_letters = 4;
  if (wrong.size() >= fewest_letters && type.find(wrong) != std::string_view::npos) return true;
  return edit_distance(wrong, type) <= type.size() / 3;
}

// The nearest first, at most three.
std::vector<std::string_view> near_types(std::string_view wrong) {
  constexpr std::size_t most = 3;
  std::vector<std::string_view> near;
  std::ranges::copy_if(fact_types(), std::back_inserter(near), [&](std::string_view type) {
    return is_near(wrong, type);
  });
  std::ranges::stable_sort(near, {}, [&](std::string_view type) {
    return edit_distance(wrong, type);
  });
  if (near.size() > most) near.resize(most);
  return near;
}

}  // namespace

bool FactChoice::matches(const Fact& fact) const {
  if (!types.empty() && std::ranges::find(types, type_of(fact.body)) == types.end()) return false;
  return fits(task, task_of(fact.body)) && fits(worker, worker_of(fact.body));
}

const std::vector<std::string_view>& fact_types() {
  static const std::vector<std::string_view> types =
      types_of(std::make_index_sequence<std::variant_size_v<FactBody>>{});
  return types;
}

Status check_fact_types(const std::vector<std::string>& types, const std::string& flag) {
  for (const std::string& type : types) {
    if (std::ranges::find(fact_types(), type) != fact_types().end()) continue;
    const std::vector<std::string_view> near = near_types(type);
    return Error{
        "usage",
        near.empty() ? fmt::format(
                           "'{}' is no type of fact; known are {}",
                           type.substr(0, 64),
                           fmt::join(fact_types(), ", ")
                       )
                     : fmt::format(
                           "'{}' is no type of fact; did you mean {}?",
                           type.substr(0, 64),
                           fmt::join(near, " or ")
                       ),
        flag
    };
  }
  return Done{};
}

}  // namespace evener
