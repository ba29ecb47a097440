#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/time.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

class AttemptFlagsTest : public TypedVerbTest {
 protected:
  AttemptFlagsTest() {
    EXPECT_EQ(run({"init", "--name", "attempts"}), 0);
    EXPECT_EQ(run({"add", "A", "--id", "a"}), 0);
    EXPECT_EQ(run({"claim", "a", "--worker", "w"}), 0) << err_;
    EXPECT_EQ(run({"finish", "a", "--worker", "w"}), 0) << err_;
    ::setenv("EVENER_TASK", "a", 1);
  }

  ~AttemptFlagsTest() override {
    ::unsetenv("EVENER_TASK");
    ::unsetenv("EVENER_FENCE");
  }
};

TEST_F(AttemptFlagsTest, SayThatAVariableNamesATaskThatIsOver) {
  ::setenv("EVENER_FENCE", "1", 1);
  for (const char* const verb : {"finish", "progress"}) {
    EXPECT_EQ(run({verb, "--worker", "w"}), 1) << verb;
    EXPECT_THAT(err_, HasSubstr("  or: EVENER_TASK names a; unset it\n")) << verb;
  }
  EXPECT_EQ(run({"finish", "a", "--worker", "w"}), 1);
  EXPECT_THAT(err_, Not(HasSubstr("EVENER_TASK")));
}

TEST_F(AttemptFlagsTest, SayThatAVariableNamesATaskWithoutATicket) {
  EXPECT_EQ(run({"finish", "--worker", "w"}), 2);
  EXPECT_THAT(err_, HasSubstr("w has no ticket for a; "));
  EXPECT_THAT(err_, HasSubstr("; EVENER_TASK names a; unset it"));
}

}  // namespace
}  // namespace evener
