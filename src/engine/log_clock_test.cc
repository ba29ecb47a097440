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

// It may lie behind the wall, as that of a server does on a machine that slept.
TEST(LogClock, GoesByWallTimeAfterAnotherBoot) {
  EXPECT_EQ(log_after({.wall = 50'300, .monotonic = 5, .boot_id = "two"}), 1300);
}

// As on a machine that boots with its clock two hours ahead, every time.
TEST(LogClock, GetsNoFurtherAheadOfTheWallWithEveryBoot) {
  constexpr Millis wrong = 7'200'000;
  LogClock clock(Stamp{.log = 50'000, .wall = 50'000, .mono = 700, .boot = "0"});
  for (int boot = 1; boot <= 100; ++boot) {
    const Instant wall = 50'000 + boot * 1000;
    const std::string id = std::to_string(boot);
    clock.advance({.wall = wall + wrong, .monotonic = 100, .boot_id = id});
    const Stamp& stamp = clock.advance({.wall = wall + 10, .monotonic = 110, .boot_id = id});
    EXPECT_GE(stamp.log, stamp.wall);
    EXPECT_LE(stamp.log, stamp.wall + wrong);
  }
  const Instant right = 50'000 + 2 * wrong;
  EXPECT_EQ(clock.advance({.wall = right, .monotonic = 1, .boot_id = "right"}).log, right);
}

// As on a machine that knows no time until somebody tells it.
TEST(LogClock, DoesNotLeapWhenAClockThatStoodAtItsBeginningIsSet) {
  LogClock clock(Stamp{.log = 50'000'000, .wall = 50'000'000, .mono = 700, .boot = "one"});
  clock.advance({.wall = 10, .monotonic = 5, .boot_id = "two"});
  const Instant set = 50'060'000;
  EXPECT_EQ(clock.advance({.wall = set, .monotonic = 5, .boot_id = "three"}).log, set);
}

TEST(LogClock, KnowsWhatItMissedAndMakesUpForIt) {
  ClockReading reading{.wall = 50'000, .monotonic = 700, .boot = 900, .boot_id = "one"};
  const auto pass = [&](Millis awake, Millis asleep) {
    reading.wall += awake + asleep;
    reading.monotonic += awake;
    reading.boot += awake + asleep;
  };
  LogClock clock(Stamp{});
  EXPECT_EQ(clock.advance(reading, 1000).log, 50'000);
  pass(100, 0);
  clock.advance(reading, 1000);
  EXPECT_EQ(clock.missed(), 0);
  pass(100, 30'000);
  EXPECT_EQ(clock.advance(reading, 1000).log, 50'200);
  EXPECT_EQ(clock.missed(), 30'000) << "it slept";
  pass(5000, 0);
  EXPECT_EQ(clock.advance(reading, 1000).log, 51'200);
  EXPECT_EQ(clock.missed(), 34'000) << "it stood still";

  LogClock next(clock.last());
  reading.wall += 3'600'000;  // set by somebody
  pass(100, 0);
  next.advance(reading);
  EXPECT_EQ(next.missed(), 34'000);
  next.make_up();
  EXPECT_EQ(next.last().log, 85'300);
  EXPECT_EQ(next.missed(), 0);
  pass(100, 0);
  EXPECT_EQ(next.advance(reading).log, 85'400);
  EXPECT_EQ(next.missed(), 0);
}

// A machine without a clock of its own begins where it was switched off.
TEST(LogClock, FollowsAWallThatATimeServerSetsForward) {
  ClockReading reading{.wall = 50'000, .monotonic = 5, .boot = 5, .boot_id = "two"};
  LogClock clock(Stamp{.log = 50'000, .wall = 50'000, .mono = 700, .boot = "one"});
  clock.advance(reading);
  EXPECT_EQ(clock.missed(), 0);
  reading = {.wall = 7'250'010, .monotonic = 15, .boot = 15, .boot_id = "two"};
  clock.advance(reading);
  EXPECT_EQ(clock.missed(), 0) << "anybody may have set it";
  reading.is_synchronised = true;
  clock.advance(reading);
  EXPECT_EQ(clock.missed(), 7'200'000);
  clock.make_up();
  EXPECT_EQ(clock.last().log, 7'250'010);
  reading.wall -= 7'200'000;
  EXPECT_EQ(clock.advance(reading).log, 7'250'010);
}

TEST(LogClock, MayFollowTheWallAfterAnotherBoot) {
  LogClock clock(before);
  clock.advance({.wall = 50'300, .monotonic = 5, .boot = 5, .boot_id = "two"});
  EXPECT_EQ(clock.missed(), 49'000);
  clock.make_up();
  EXPECT_EQ(clock.last().log, 50'300);
}

TEST(LogClock, MakesUpByTheWallWhereAJournalDoesNotSayHowItWas) {
  LogClock clock(before);
  clock.advance({.wall = 50'300, .monotonic = 800, .boot = 900, .boot_id = "one"});
  clock.make_up();
  EXPECT_EQ(clock.last().log, 50'300);
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
