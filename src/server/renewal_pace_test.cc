#include "server/renewal_pace.h"

#include <gtest/gtest.h>

namespace evener {
namespace {

// So many renewals a tenth of a second, for half a second from `start`.
void renew(RenewalPace& pace, int a_tenth, Millis start = 0) {
  for (Millis tenth = 0; tenth < 5; ++tenth) {
    for (int i = 0; i < a_tenth; ++i) pace.took(true, start + tenth * 100);
  }
}

TEST(RenewalPaceTest, PausesOnceATurnWhileRenewalsComeThick) {
  RenewalPace pace;
  renew(pace, 200);
  EXPECT_TRUE(pace.may_pause());
  EXPECT_FALSE(pace.may_pause()) << "nothing came since";
  pace.took(true, 450);
  EXPECT_TRUE(pace.may_pause());
}

TEST(RenewalPaceTest, NeverPausesForFew) {
  RenewalPace pace;
  renew(pace, 199);
  EXPECT_FALSE(pace.may_pause());
}

TEST(RenewalPaceTest, DoesNotPauseInATurnInWhichSomethingElseCame) {
  RenewalPace pace;
  renew(pace, 300);
  pace.took(false, 450);
  EXPECT_FALSE(pace.may_pause());
  pace.took(true, 451);
  EXPECT_TRUE(pace.may_pause());
}

TEST(RenewalPaceTest, ForgetsWhatCameThickAWhileAgo) {
  RenewalPace pace;
  renew(pace, 300);
  pace.took(true, 10'000);
  EXPECT_FALSE(pace.may_pause());
}

}  // namespace
}  // namespace evener
