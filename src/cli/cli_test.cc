// What is typed wrongly, and what is asked before any verb runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class TypedLine : public TypedVerbTest {
 protected:
  TypedLine() { EXPECT_EQ(run({"init", "--name", "barn"}), 0); }
};

TEST_F(TypedLine, AsksForTheVersionAndDoesNothingElse) {
  EXPECT_EQ(run({"add", "Paint it", "--version"}), 0);
  EXPECT_THAT(out_, HasSubstr("evener "));
  EXPECT_EQ(run({"claim", "no-such-task", "--version"}), 0);
  EXPECT_EQ(run({"list"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("Paint it")));
}

TEST_F(TypedLine, CountsInWholeNumbersFromNone) {
  const std::vector<std::vector<std::string>> lines = {
      {"list", "--limit", "5m"},
      {"list", "--limit", "-1"},
      {"list", "--limit", "4.5"},
      {"list", "--limit", ""},
      {"log", "--after", "x"},
      {"configure", "--retries", "x"},
      {"forecast", "--seed", "-1"},
      {"list", "--limit", "99999999999999999999"},
  };
  for (const std::vector<std::string>& line : lines) {
    EXPECT_EQ(run(line), 2);
    EXPECT_THAT(
        err_, AllOf(HasSubstr(line[1]), HasSubstr("a whole number from 0, found '" + line[2] + "'"))
    );
  }
  EXPECT_EQ(run({"list", "--limit", "0"}), 0) << err_;
}

TEST_F(TypedLine, IsToldItsLeftOverWordsInTheirOrder) {
  EXPECT_EQ(run({"add", "Build", "the", "image"}), 2);
  EXPECT_THAT(err_, AllOf(HasSubstr("not expected: the image;"), HasSubstr("quotes")));
  EXPECT_THAT(err_, HasSubstr("see evener add --help"));
  EXPECT_EQ(run({"list", "--stat", "ready"}), 2);
  EXPECT_THAT(err_, AllOf(HasSubstr("not expected: --stat ready;"), Not(HasSubstr("quotes"))));
}

TEST_F(TypedLine, NamesThePartOfAVerbThatMayBeMeant) {
  EXPECT_EQ(run({"plan", "simulat", "x"}), 2);
  EXPECT_THAT(err_, HasSubstr("plan has no part 'simulat'; did you mean simulate?"));
  EXPECT_EQ(run({"token", "lsit"}), 2);
  EXPECT_THAT(err_, HasSubstr("token has no part 'lsit'; did you mean list?"));
  EXPECT_EQ(run({"token", "xyzzy"}), 2);
  EXPECT_THAT(err_, HasSubstr("expected one of: list, add"));
  EXPECT_EQ(run({"token"}), 2);
  EXPECT_THAT(err_, HasSubstr("token needs one of: list, add"));
  EXPECT_EQ(run({"plan", "simulate"}), 2);
  EXPECT_THAT(err_, HasSubstr("see evener plan simulate --help"));
}

TEST_F(TypedLine, NamesWhatIsWrongBeforeTheMissingPartOfAVerb) {
  EXPECT_EQ(run({"token", "--bogus"}), 2);
  EXPECT_THAT(err_, HasSubstr("not expected: --bogus; see evener token --help"));
  EXPECT_EQ(run({"plan", "--format", "json", "chekc"}), 2);
  EXPECT_THAT(err_, HasSubstr("not expected: --format json chekc; see evener plan --help"));
  EXPECT_EQ(run({"plan", "chekc", "--format", "json"}), 2);
  EXPECT_THAT(err_, HasSubstr("plan has no part 'chekc'; did you mean check?"));
  std::string words[] = {"evener", "plan", "--pool"};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data()};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_cli(3, argv), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("--pool: 1 required DIR missing"));
}

TEST_F(TypedLine, NamesTheVerbWhoseLettersWereSwapped) {
  EXPECT_EQ(run({"lsit"}), 2);
  EXPECT_THAT(err_, HasSubstr("did you mean list?"));
}

}  // namespace
}  // namespace evener
