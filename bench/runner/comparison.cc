#include "comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace evener {

std::vector<Figure> figures_of(const std::vector<Measurement>& measurements) {
  std::vector<Figure> figures;
  std::map<FigureName, std::size_t> places;
  for (const Measurement& one : measurements) {
    const FigureName name{one.case_name, one.parameters, one.metric};
    const auto [place, is_new] = places.emplace(name, figures.size());
    if (is_new) figures.push_back({name, one.unit, one.higher_is_better});
    figures[place->second].values.push_back(one.value);
  }
  return figures;
}

std::vector<Comparison> compare_runs(
    const std::vector<Measurement>& before, const std::vector<Measurement>& after
) {
  std::map<FigureName, Figure> known;
  for (Figure& figure : figures_of(before)) known.emplace(figure.name, std::move(figure));
  std::vector<Comparison> found;
  for (const Figure& figure : figures_of(after)) {
    const auto old = known.find(figure.name);
    if (old == known.end()) continue;
    found.push_back(
        {.name = figure.name,
         .unit = figure.unit,
         .before = spread_of(old->second.values),
         .after = spread_of(figure.values),
         .verdict = judge(old->second.values, figure.values, figure.higher_is_better)}
    );
  }
  return found;
}

std::string figure_text(double value) {
  if (std::abs(value) < 100) return fmt::format("{:.3g}", value);
  std::string digits = fmt::format("{:.0f}", value);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    if (digits[at - 1] != '-') digits.insert(at, ",");
  }
  return digits;
}

}  // namespace evener
