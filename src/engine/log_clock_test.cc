#include "engine/log_clock.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

const Stamp before{.log = 1000, .wall = 50'000, .mono = 700, .boot = "one"};

Instant log_after(const ClockReading& reading, Millis longest_step = INT64_MAX) {
  LogClock clock(before);
  return clock.advance(reading, longest_step).log;
}

TEST(LogClock, StartsAtWallTime) {
  LogClock clock(Stamp{});
  EXPECT_EQ(clock.advance({.wall = 50'000, .monotonic = 7, .boot_id = "one"}, 10).log, 50'000);
  EXPECT_EQ(clock.advance({.wall = 99'000, .monotonic = 9, .boot_id = "one"}).log, 50'002);
}

TEST(LogClock, GoesByTheMonotonicClockUnderTheSameBoot) {
  EXPECT_EQ(log_after({.wall = 90'000, .monotonic = 705, .boot_id = "one"}), 1005);
  EXPECT_EQ(log_after({.wall = 10, .monotonic = 705, .boot_id = "one"}), 1005);
}

TEST(LogClock, GoesByWallTimeAfterAnotherBoot) {
  EXPECT_EQ(log_after({.wall = 50'300, .monotonic = 5, .boot_id = "two"}), 1300);
}

TEST(LogClock, NeverGoesBackward) {
  EXPECT_EQ(log_after({.wall = 50'300, .monotonic = 600, .boot_id = "one"}), 1000);
  EXPECT_EQ(log_after({.wall = 40'000, .monotonic = 900, .boot_id = "two"}), 1000);
}

TEST(LogClock, StepsNoFurtherThanItIsTold) {
  EXPECT_EQ(log_after({.wall = 0, .monotonic = 5000, .boot_id = "one"}, 1000), 2000);
  EXPECT_EQ(log_after({.wall = 0, .monotonic = 1200, .boot_id = "one"}, 1000), 1500);
  EXPECT_EQ(log_after({.wall = 0, .monotonic = 1200, .boot_id = "one"}, 0), 1000);
}

TEST(LogClock, DoesNotMakeUpForAStepThatItCut) {
  LogClock clock(before);
  clock.advance({.wall = 60'000, .monotonic = 9700, .boot_id = "one"}, 1000);
  const Stamp& stamp = clock.advance({.wall = 60'001, .monotonic = 9701, .boot_id = "one"}, 1000);
  EXPECT_EQ(stamp.log, 2001);
  EXPECT_EQ(stamp.wall, 60'001);
  EXPECT_EQ(stamp.mono, 9701);
}

}  // namespace
}  // namespace evener
