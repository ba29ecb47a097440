// Two runs side by side: each figure that both have, and whether it differs by more than noise.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "results.h"
#include "statistics.h"

namespace evener {

// What makes a figure the same one in two runs.
struct FigureName {
  std::string case_name;
  std::string parameters;
  std::string metric;

  auto operator<=>(const FigureName&) const = default;
};

struct Figure {
  FigureName name;
  std::string unit;
  bool higher_is_better = false;
  std::vector<double> values = {};  // one a repetition
};

// In the order of their first measurements.
std::vector<Figure> figures_of(const std::vector<Measurement>& measurements);

struct Comparison {
  FigureName name;
  std::string unit;
  Spread before;
  Spread after;
  Verdict verdict = Verdict::same;
};

// The figures that both runs have, in the order of `after`.
std::vector<Comparison> compare_runs(
    const std::vector<Measurement>& before, const std::vector<Measurement>& after
);

// For people: "15,020", "47.2", "0.834".
std::string figure_text(double value);

}  // namespace evener
