#include "base/seeded.h"

#include <cmath>
#include <numbers>

namespace evener {

std::uint64_t SeededNumbers::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

double SeededNumbers::share() {
  constexpr unsigned bits = 53;  // of a double's mantissa
  return std::ldexp(static_cast<double>(next() >> (64U - bits)), -static_cast<int>(bits));
}

double SeededNumbers::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - share()));  // of a number above 0
  return radius * std::cos(2.0 * std::numbers::pi * share());
}

}  // namespace evener
