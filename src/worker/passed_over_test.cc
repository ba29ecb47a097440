#include "worker/passed_over.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

TEST(PassedOver, HoldsATaskForAWhile) {
  PassedOver tasks;
  EXPECT_FALSE(tasks.any(0));
  tasks.add("a", 1000);
  EXPECT_TRUE(tasks.holds("a", 30'999));
  EXPECT_FALSE(tasks.holds("b", 1000));
  EXPECT_FALSE(tasks.holds("a", 31'000));
  EXPECT_TRUE(tasks.any(30'999));
  EXPECT_FALSE(tasks.any(31'000));
}

TEST(PassedOver, HoldsItLongerEachTimeUpToALimit) {
  PassedOver tasks;
  Millis now = 0;
  for (const Millis expected : {30'000, 60'000, 120'000, 240'000, 480'000, 600'000, 600'000}) {
    tasks.add("a", now);
    EXPECT_TRUE(tasks.holds("a", now + expected - 1));
    EXPECT_FALSE(tasks.holds("a", now + expected));
    now += expected;
  }
}

TEST(PassedOver, HoldsItNoLongerWhenItIsToldTwiceOfOneRelease) {
  PassedOver tasks;
  for (Millis now = 0; now < 8; ++now) tasks.add("a", now);
  EXPECT_FALSE(tasks.holds("a", PassedOver::first_ms));
  tasks.add_for_good("b");
  tasks.add("b", 0);
  EXPECT_TRUE(tasks.holds("b", 100 * PassedOver::longest_ms));
}

TEST(PassedOver, HoldsForGoodWhatItIsTold) {
  PassedOver tasks;
  tasks.add_for_good("a");
  tasks.add("b", 0);
  const Millis much_later = 100 * PassedOver::longest_ms;
  EXPECT_TRUE(tasks.holds("a", much_later));
  EXPECT_FALSE(tasks.holds("b", much_later));
  EXPECT_TRUE(tasks.any(much_later));
}

TEST(PassedOver, ForgetsTheNextOneDueWhenThereAreTooMany) {
  PassedOver tasks;
  for (std::size_t i = 0; i <= PassedOver::most; ++i) {
    tasks.add(std::to_string(i), static_cast<Millis>(i));
  }
  EXPECT_FALSE(tasks.holds("0", 10'000));
  EXPECT_TRUE(tasks.holds("1", 10'000));
  EXPECT_TRUE(tasks.holds(std::to_string(PassedOver::most), 10'000));
}

}  // namespace
}  // namespace evener
