#include "server/attention.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

// Stands still unless a test moves it.
struct TestClock {
  using duration = std::chrono::microseconds;
  using time_point = std::chrono::time_point<TestClock, duration>;

  static time_point now() { return time_point(elapsed); }

  inline static duration elapsed{0};
};

using TestAttention = BasicAttention<TestClock>;

// Waits without finding anything, asleep for `slept`. Answers how long it looked before.
TestClock::duration wait_in_vain(TestAttention& attention, TestClock::duration slept) {
  const TestClock::duration before = TestClock::elapsed;
  const bool found = attention.finds([&] {
    if (attention.is_alert()) TestClock::elapsed += TestClock::duration(10);
    return false;
  });
  EXPECT_FALSE(found);
  const TestClock::duration looked = TestClock::elapsed - before;
  TestClock::elapsed += slept;
  attention.has_slept();
  return looked;
}

void make_alert(TestAttention& attention) {
  for (std::size_t i = 0; i < TestAttention::enough; ++i) {
    EXPECT_FALSE(attention.is_alert());
    wait_in_vain(attention, TestAttention::longest);
  }
  EXPECT_TRUE(attention.is_alert());
}

TEST(AttentionTest, LooksOnceWhereWorkIsRare) {
  TestAttention attention;
  int looks = 0;
  EXPECT_FALSE(attention.finds([&] { return ++looks > 1; }));
  EXPECT_EQ(looks, 1);
}

TEST(AttentionTest, LooksAgainAfterShortWaitsInARow) {
  TestAttention attention;
  make_alert(attention);
  int looks = 0;
  EXPECT_TRUE(attention.finds([&] { return ++looks == 3; }));
  EXPECT_TRUE(attention.is_alert()) << "it was worth it";
}

TEST(AttentionTest, LooksNoLongerThanItsBoundAndThenLetsItBe) {
  TestAttention attention;
  make_alert(attention);
  EXPECT_EQ(wait_in_vain(attention, TestClock::duration(1)), TestAttention::longest);
  EXPECT_FALSE(attention.is_alert());
}

TEST(AttentionTest, ALongWaitBreaksTheRow) {
  TestAttention attention;
  for (std::size_t i = 1; i < TestAttention::enough; ++i) {
    wait_in_vain(attention, TestAttention::longest);
  }
  wait_in_vain(attention, TestAttention::longest + TestClock::duration(1));
  EXPECT_FALSE(attention.is_alert());
  make_alert(attention);
}

TEST(AttentionTest, WorkThatIsThereAlreadySaysNothing) {
  TestAttention attention;
  for (std::size_t i = 0; i <= TestAttention::enough; ++i) {
    EXPECT_TRUE(attention.finds([] { return true; }));
  }
  EXPECT_FALSE(attention.is_alert());
}

}  // namespace
}  // namespace evener
