// What repeated measurements say: the median and its spread, and whether two sets of them differ by
// more than noise.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace evener {

// Quartiles are interpolated between neighbours (type 7 of Hyndman and Fan, "Sample Quantiles in
// Statistical Packages", 1996).
struct Spread {
  std::size_t count = 0;
  double least = 0;
  double lower_quartile = 0;
  double median = 0;
  double upper_quartile = 0;
  double most = 0;

  double quartile_range() const { return upper_quartile - lower_quartile; }
};

// The value below which the share `part` (0 to 1) of the values lies. 0 of no values.
double quantile(std::vector<double> values, double part);

Spread spread_of(const std::vector<double>& values);

// How likely two sets drawn from one distribution would be separated at least as much as these: the
// exact two-sided test of Mann and Whitney, "On a Test of Whether one of Two Random Variables is
// Stochastically Larger than the Other", 1947. A tie counts half to each side. 1 if either is
// empty.
double separation(const std::vector<double>& one, const std::vector<double>& other);

enum class Verdict { better, worse, same, too_few };

std::string_view name_of(Verdict verdict);

inline constexpr double likely_chance = 0.05;  // what is likelier than this is taken for noise
inline constexpr std::size_t fewest_for_verdict = 4;  // 3 against 3 cannot fall below it: 2 in 20

// `after` against `before`. It differs if its separation is unlikely to be chance, and its median
// lies further from the other than either set's quartiles lie apart.
Verdict judge(
    const std::vector<double>& before, const std::vector<double>& after, bool higher_is_better
);

}  // namespace evener
