#include "base/seeded.h"

#include <gtest/gtest.h>

#include <cmath>

namespace evener {
namespace {

TEST(SeededNumbers, AreThePublishedOnesOfTheirSeed) {
  SeededNumbers numbers(1234567);
  EXPECT_EQ(numbers.next(), 6457827717110365317U);
  EXPECT_EQ(numbers.next(), 3203168211198807973U);
}

TEST(SeededNumbers, SpreadAsANormalDistributionDoes) {
  constexpr int count = 20'000;
  SeededNumbers numbers(7);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < count; ++i) {
    const double value = numbers.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / count, 0, 0.03);
  EXPECT_NEAR(std::sqrt(squares / count), 1, 0.03);
}

TEST(SeededNumbers, SharesAreBelowOne) {
  SeededNumbers numbers(3);
  double most = 0;
  for (int i = 0; i < 10'000; ++i) most = std::max(most, numbers.share());
  EXPECT_LT(most, 1.0);
  EXPECT_GT(most, 0.99);
}

}  // namespace
}  // namespace evener
