#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;

class ClaimVerb : public TypedVerbTest {
 protected:
  ClaimVerb() {
    EXPECT_EQ(run({"init", "--name", "barn"}), 0);
    EXPECT_EQ(run({"add", "Paint it", "--id", "paint"}), 0);
  }
};

TEST_F(ClaimVerb, TakesNothingForAWorkerThatCannotBeDescribedSo) {
  EXPECT_EQ(run({"claim", "--worker", "v", "--slots", "0"}), 1);
  EXPECT_EQ(run({"claim", "--worker", "v", "--capability", ""}), 1);
  EXPECT_EQ(run({"list", "--state", "ready"}), 0);
  EXPECT_THAT(out_, HasSubstr("paint"));
}

TEST_F(ClaimVerb, NamesTheWorkerInWhatComesNextWhereTheTerminalIsAnother) {
  EXPECT_EQ(run({"claim", "--worker", "bob"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("next: evener finish paint --worker bob\n"));
}

TEST_F(ClaimVerb, DoesNotNameTheWorkerThatTheTerminalIs) {
  ASSERT_EQ(::setenv("EVENER_WORKER", "bob", 1), 0);
  EXPECT_EQ(run({"claim", "--worker", "bob"}), 0) << err_;
  ASSERT_EQ(::unsetenv("EVENER_WORKER"), 0);
  EXPECT_THAT(out_, HasSubstr("next: evener finish paint\n"));
}

}  // namespace
}  // namespace evener
