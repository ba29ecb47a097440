#include "core/log_scale.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "model/limits.h"

namespace evener {
namespace {

// Fractions here are in units of 2^-30.
constexpr int log_bits = 30;
constexpr std::int64_t log_one = std::int64_t{1} << log_bits;
constexpr std::int64_t ln_2 = 744'261'118;

constexpr std::int64_t product(std::int64_t a, std::int64_t b) {
  return (a * b) >> log_bits;
}

// `values` at 0, 1, 2, ... steps; `at` is between two of them.
template <std::size_t Size>
std::int64_t between(
    const std::array<std::int64_t, Size>& values, std::int64_t at, std::int64_t step
) {
  const auto place = static_cast<std::size_t>(
      std::clamp<std::int64_t>(at / step, 0, static_cast<std::int64_t>(Size) - 2)
  );
  const std::int64_t over =
      std::clamp<std::int64_t>(at - static_cast<std::int64_t>(place) * step, 0, step);
  return values[place] + (values[place + 1] - values[place]) * over / step;
}

}  // namespace

// ln x = 2 artanh((x - 1) / (x + 1)), by its series, for x between 0.7 and 1.42; the powers of two
// count for themselves.
LogMicros log_of(Millis duration) {
  const auto value = static_cast<std::uint64_t>(std::max<Millis>(duration, 1));
  int power = static_cast<int>(std::bit_width(value)) - 1;
  auto scaled = static_cast<std::int64_t>(
      power > log_bits ? value >> (power - log_bits) : value << (log_bits - power)
  );
  constexpr std::int64_t root_of_two = 1'518'500'250;
  if (scaled > root_of_two) {
    scaled /= 2;
    ++power;
  }
  const std::int64_t ratio = ((scaled - log_one) * log_one) / (scaled + log_one);
  const std::int64_t square = product(ratio, ratio);
  std::int64_t series = log_one / 11;
  for (const std::int64_t odd : {9, 7, 5, 3, 1}) series = log_one / odd + product(square, series);
  const std::int64_t log = power * ln_2 + 2 * product(ratio, series);
  return (log * micros + log_one / 2) >> log_bits;
}

// e^x = 2^k e^r with r below ln 2, by its series.
Millis millis_of(LogMicros log) {
  if (log <= 0) return 1;
  static const LogMicros longest = log_of(limits::longest_duration);
  const std::int64_t scaled = std::min(log, longest) * log_one / micros;
  const auto power = static_cast<int>(scaled / ln_2);
  const std::int64_t rest = scaled % ln_2;
  std::int64_t series = log_one;
  for (const std::int64_t term : {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) {
    series = log_one + product(series, rest) / term;
  }
  const Millis millis = power >= log_bits
                            ? series << (power - log_bits)
                            : (series + (log_one >> (power + 1))) >> (log_bits - power);
  return std::clamp<Millis>(millis, 1, limits::longest_duration);
}

// The processor's root may be off by one in the last place; what is returned is exact.
std::int64_t root_of(std::int64_t number) {
  auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(number)));
  while (root * root > number) --root;
  while ((root + 1) * (root + 1) <= number) ++root;
  return root;
}

std::int64_t upper_decile(std::int64_t freedom) {
  constexpr std::int64_t step = 50'000;
  // At 1/freedom = 0, 0.05, 0.1, ... 1.
  static constexpr std::array<std::int64_t, 21> values{
      1'281'552, 1'325'341, 1'372'184, 1'422'290, 1'475'884, 1'533'206, 1'594'517,
      1'660'097, 1'730'251, 1'805'307, 1'885'618, 1'971'567, 2'063'563, 2'162'047,
      2'267'495, 2'380'413, 2'501'350, 2'630'892, 2'769'669, 2'918'357, 3'077'684
  };
  return between(values, micros * micros / freedom, step);
}

Above above(std::int64_t z) {
  constexpr std::int64_t step = 250'000;
  constexpr std::int64_t first = -3 * micros;
  static constexpr std::array<std::int64_t, 25> below{1'350,   2'980,   6'210,   12'224,  22'750,
                                                      40'059,  66'807,  105'650, 158'655, 226'627,
                                                      308'538, 401'294, 500'000, 598'706, 691'462,
                                                      773'373, 841'345, 894'350, 933'193, 959'941,
                                                      977'250, 987'776, 993'790, 997'020, 998'650};
  static constexpr std::array<std::int64_t, 25> means{
      4'438,     9'121,     17'638,    32'132,    55'248,    89'878,    138'790,
      204'225,   287'600,   389'382,   509'160,   645'839,   797'885,   963'554,
      1'141'078, 1'328'778, 1'525'135, 1'728'817, 1'938'677, 2'153'748, 2'373'216,
      2'596'403, 2'822'745, 3'051'774, 3'283'099
  };
  static constexpr std::array<std::int64_t, 25> variances{
      986'667, 974'835, 955'594, 926'669, 886'452, 834'636, 772'553, 703'010, 629'686,
      556'345, 486'175, 421'432, 363'380, 312'452, 268'480, 230'933, 199'098, 172'214,
      149'547, 130'429, 114'279, 100'600, 88'974,  79'056,  70'559
  };
  const std::int64_t at = z - first;
  return {between(below, at, step), between(means, at, step), between(variances, at, step)};
}

}  // namespace evener
