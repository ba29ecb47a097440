#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;

class NoteVerbTest : public TypedVerbTest {
 protected:
  NoteVerbTest() { EXPECT_EQ(run({"init", "--name", "notes"}), 0); }
};

TEST_F(NoteVerbTest, WritesNoFindingThatNobodyWouldBeHanded) {
  EXPECT_EQ(run({"add", "A", "--id", "a"}), 0) << err_;
  EXPECT_EQ(run({"claim", "a", "--worker", "w"}), 0) << err_;
  EXPECT_EQ(run({"note", "--finding", "the db is slow", "--worker", "w"}), 2);
  EXPECT_THAT(err_, HasSubstr("evener note TASK --finding TEXT"));
  EXPECT_EQ(run({"note", "the db is slow", "--worker", "w"}), 0) << err_;
}

TEST_F(NoteVerbTest, SaysThatATaskComesBeforeTheText) {
  EXPECT_EQ(run({"note", "plain"}), 1);
  EXPECT_THAT(err_, HasSubstr("evener note TASK TEXT"));
}

}  // namespace
}  // namespace evener
