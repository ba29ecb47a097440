#include "cli/near_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> known_names = {"list", "claim", "lock", "locks", "status"};

TEST(NearNames, HaveTwoLettersInEachOthersPlace) {
  EXPECT_THAT(near_names("lsit", known_names), ElementsAre("list"));
  EXPECT_THAT(near_names("calim", known_names), ElementsAre("claim"));
}

TEST(NearNames, BeginAlikeOrDifferInFewLetters) {
  EXPECT_THAT(near_names("st", known_names), ElementsAre("status"));
  EXPECT_THAT(near_names("clam", known_names), ElementsAre("claim"));
  EXPECT_THAT(near_names("lcok", known_names), ElementsAre("lock"));
}

TEST(NearNames, StandWithTheNearestFirst) {
  EXPECT_THAT(near_names("lockss", known_names), ElementsAre("locks", "lock"));
}

TEST(NearNames, AreNoneOfAWordThatIsNothingLikeThem) {
  EXPECT_THAT(near_names("xyzzy", known_names), IsEmpty());
  EXPECT_THAT(near_names("", known_names), IsEmpty());
}

}  // namespace
}  // namespace evener
