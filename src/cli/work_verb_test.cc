#include <gmock/gmock.h>
#include <signal.h>

#include "base/time.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

// A runner blocks the signals that stop it; the tests after these are to have them.
class WorkVerbTest : public TypedVerbTest {
 protected:
  WorkVerbTest() { ::sigprocmask(SIG_BLOCK, nullptr, &mask_); }

  void TearDown() override { ::sigprocmask(SIG_SETMASK, &mask_, nullptr); }

 private:
  sigset_t mask_ = {};
};

TEST_F(WorkVerbTest, SaysThatARunnerOfAServerNeedsAFolderThatHasJoined) {
  EXPECT_EQ(run({"--server", "127.0.0.1:1", "work"}), 3);
  EXPECT_THAT(err_, HasSubstr("evener join INVITATION"));
  EXPECT_EQ(run({"work"}), 3);
  EXPECT_THAT(err_, ContainsRegex("make one with: evener .*init"));
}

}  // namespace
}  // namespace evener
