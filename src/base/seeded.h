// Numbers that look random and follow from a seed alone, the same on every machine: for
// simulations and generated tests, where a run must be repeatable. Nothing secret is made of them.
#pragma once

#include <cstdint>

namespace evener {

class SeededNumbers {  // Invariant: equal seeds give equal numbers, in the same order.
 public:
  explicit SeededNumbers(std::uint64_t seed) : state_(seed) {}

  // SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
  std::uint64_t next();

  // At least 0, below `end`, which is above 0.
  std::uint64_t below(std::uint64_t end) { return next() % end; }

  // At least 0, below 1.
  double share();

  // Of the standard normal distribution. Box, Muller, "A note on the generation of random normal
  // deviates", 1958; one of the pair is used.
  double normal();

 private:
  std::uint64_t state_;
};

}  // namespace evener
