#include "cli/near_names.h"

#include <algorithm>
#include <utility>

#include "base/edit_distance.h"

namespace evener {
namespace {

std::size_t mistakes_between(std::string_view wrong, std::string_view name) {
  std::size_t fewest = edit_distance(wrong, name);
  std::string swapped(wrong);
  for (std::size_t i = 1; i < swapped.size() && fewest > 1; ++i) {
    std::swap(swapped[i - 1], swapped[i]);
    fewest = std::min(fewest, 1 + edit_distance(swapped, name));
    std::swap(swapped[i - 1], swapped[i]);
  }
  return fewest;
}

}  // namespace

std::vector<std::string> near_names(std::string_view wrong, std::span<const std::string> known) {
  constexpr std::size_t most = 3;
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : known) {
    const std::size_t mistakes = mistakes_between(wrong, name);
    const bool is_begun = wrong.size() > 1 && name.starts_with(wrong);
    if (is_begun || mistakes <= std::max(wrong.size(), name.size()) / 3) {
      near.emplace_back(mistakes, name);
    }
  }
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> names;
  for (auto& [mistakes, name] : near) {
    if (names.size() < most) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace evener
