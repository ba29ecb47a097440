// Flags that contradict each other, or that would be ignored, are wrong usage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;

class ContradictingFlags : public TypedVerbTest {
 protected:
  ContradictingFlags() { EXPECT_EQ(run({"init", "--name", "flags"}), 0); }
};

TEST_F(ContradictingFlags, OfATaskThatComesFromStandardInput) {
  EXPECT_EQ(run({"add", "A title", "--stdin"}), 2);
  EXPECT_EQ(run({"add", "--id", "other", "--stdin"}), 2);
  EXPECT_EQ(run({"add", "--label", "x", "--stdin"}), 2);
  EXPECT_EQ(run({"add", "--no-integrate", "--stdin"}), 2);
  EXPECT_THAT(err_, HasSubstr("--stdin"));
}

TEST_F(ContradictingFlags, OfIntegration) {
  EXPECT_EQ(run({"add", "--id", "a", "--integrate", "--no-integrate"}), 2);
  EXPECT_EQ(run({"add", "--id", "a", "--no-integrate", "--integrate"}), 2);
  EXPECT_THAT(err_, HasSubstr("contradict"));
  EXPECT_EQ(run({"add", "--id", "a", "--integrate", "--integrate"}), 0) << err_;
  EXPECT_EQ(run({"edit", "a", "--integrate", "--no-integrate"}), 2);
  EXPECT_EQ(run({"edit", "a", "--no-integrate"}), 0) << err_;
}

TEST_F(ContradictingFlags, OfABranchOfNoFolder) {
  EXPECT_EQ(run({"up", "--listen", "none", "--status-branch", "b"}), 2);
  EXPECT_THAT(err_, HasSubstr("--status-dir"));
}

TEST_F(ContradictingFlags, OfANameForTlsThatIsNotSpoken) {
  EXPECT_EQ(run({"up", "--listen", "127.0.0.1:0", "--tls-name", "walnut"}), 2);
  EXPECT_EQ(run({"up", "--listen", "none", "--tls-name", "walnut"}), 2);
  EXPECT_THAT(err_, HasSubstr("--tls"));
}

TEST_F(ContradictingFlags, OfATokenThatIsGoodForNoTime) {
  for (const char* none : {"0s", "0", ""}) {
    EXPECT_EQ(run({"token", "add", "x", "--expires", none}), 2) << none;
    EXPECT_EQ(run({"invite", "x", "--expires", none}), 2) << none;
    EXPECT_THAT(err_, HasSubstr(*none == '0' ? "--expires" : "bad_duration")) << none;
  }
  EXPECT_EQ(run({"token", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("no tokens"));
}

TEST_F(ContradictingFlags, OfATokenInTheNameOfThePool) {
  EXPECT_EQ(run({"token", "add", "evener"}), 1);
  EXPECT_EQ(run({"token", "add", "root", "--scope", "operator"}), 1);
  EXPECT_EQ(run({"invite", "root"}), 1);
  EXPECT_THAT(err_, HasSubstr("name_taken"));
}

TEST_F(ContradictingFlags, OfAMomentThatIsEmpty) {
  EXPECT_EQ(run({"list", "--at", ""}), 2);
  EXPECT_EQ(run({"status", "--at", ""}), 2);
  EXPECT_THAT(err_, HasSubstr("--at"));
  EXPECT_EQ(run({"list", "--at", "1"}), 0) << err_;
}

TEST_F(ContradictingFlags, OfAServerWhereTheFolderIsMeant) {
  EXPECT_EQ(run({"token", "list", "--server", "unix:/nosuch"}), 2);
  EXPECT_EQ(run({"token", "add", "x", "--server", "unix:/nosuch"}), 2);
  EXPECT_THAT(err_, HasSubstr("--server"));
  EXPECT_EQ(run({"token", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("no tokens"));
}

}  // namespace
}  // namespace evener
