#include "statistics.h"

#include <algorithm>
#include <cmath>

namespace evener {
namespace {

// How many ways there are to choose `small` of the ranks 1 to `all`, by the sum of their doubled
// excess over the least sum: the distribution of the statistic where nothing is tied.
std::vector<double> ways_by_excess(std::size_t small, std::size_t large) {
  const std::size_t most = small * large;
  // ways[i][u]: i of the first set were placed, and stand behind u of the second.
  std::vector<std::vector<double>> ways(small + 1, std::vector<double>(most + 1, 0));
  ways[0][0] = 1;
  for (std::size_t behind = 0; behind <= large; ++behind) {
    for (std::size_t placed = 1; placed <= small; ++placed) {
      for (std::size_t u = behind; u <= most; ++u) ways[placed][u] += ways[placed - 1][u - behind];
    }
  }
  return ways[small];
}

}  // namespace

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double at = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  return {
      .count = values.size(),
      .least = std::ranges::min(values),
      .lower_quartile = quantile(values, 0.25),
      .median = quantile(values, 0.5),
      .upper_quartile = quantile(values, 0.75),
      .most = std::ranges::max(values),
  };
}

double separation(const std::vector<double>& one, const std::vector<double>& other) {
  if (one.empty() || other.empty()) return 1;
  double ahead = 0;  // pairs in which `one` has the larger value
  for (const double a : one) {
    for (const double b : other) ahead += a > b ? 1 : (a == b ? 0.5 : 0);
  }
  const auto pairs = static_cast<double>(one.size() * other.size());
  const double fewer = std::min(ahead, pairs - ahead);
  const std::vector<double> ways = ways_by_excess(one.size(), other.size());
  double all = 0;
  double as_far = 0;
  for (std::size_t u = 0; u < ways.size(); ++u) {
    all += ways[u];
    if (static_cast<double>(u) <= fewer) as_far += ways[u];
  }
  return std::min(1.0, 2 * as_far / all);
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::same:
      return "same";
    case Verdict::too_few:
      return "too few";
  }
  return "";
}

Verdict judge(
    const std::vector<double>& before, const std::vector<double>& after, bool higher_is_better
) {
  if (std::min(before.size(), after.size()) < fewest_for_verdict) return Verdict::too_few;
  const Spread old_spread = spread_of(before);
  const Spread new_spread = spread_of(after);
  const double difference = new_spread.median - old_spread.median;
  const double noise = std::max(old_spread.quartile_range(), new_spread.quartile_range());
  if (std::abs(difference) <= noise || separation(before, after) > likely_chance) {
    return Verdict::same;
  }
  return (difference > 0) == higher_is_better ? Verdict::better : Verdict::worse;
}

}  // namespace evener
