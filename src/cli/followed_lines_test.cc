#include "cli/followed_lines.h"

#include <gmock/gmock.h>

#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;

class FollowedLinesTest : public TypedVerbTest {
 protected:
  FollowedLinesTest() {
    EXPECT_EQ(run({"init", "--name", "lines"}), 0);
    session_.pool = folder_.path("");
    client_ = session_.client().value();
  }

  // What is printed and said.
  std::string take(FollowedLines& lines, const std::string& text) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    for (const auto& line : follower_.feed(text + "\n")) lines.take(line);
    std::string out = testing::internal::GetCapturedStdout();
    return out + testing::internal::GetCapturedStderr();
  }

  Session session_;
  Client* client_ = nullptr;
  JsonlFollower follower_{"t.jsonl"};
};

TEST_F(FollowedLinesTest, WaitForWhatLaterLinesBring) {
  FollowedLines lines(session_, *client_);
  EXPECT_EQ(
      take(lines, R"({"id":"c","dependencies":["b"]})"),
      "waiting: line 1: c: it needs 'b', which does not exist\n"
  );
  EXPECT_THAT(take(lines, R"({"id":"b","dependencies":["a"]})"), HasSubstr("waiting: line 2"));
  EXPECT_EQ(lines.waiting(), 2U);
  EXPECT_EQ(take(lines, R"({"id":"a"})"), "line 3: a\nline 2: b\nline 1: c\n");
  EXPECT_EQ(lines.waiting(), 0U);
}

TEST_F(FollowedLinesTest, SpeakForATaskThatWaits) {
  FollowedLines lines(session_, *client_);
  take(lines, R"({"id":"b","dependencies":["a"]})");
  EXPECT_EQ(take(lines, R"({"id":"b"})"), "line 2: b\n");
  EXPECT_EQ(lines.waiting(), 0U);
}

TEST_F(FollowedLinesTest, AreAddedOnceWhatTheyNeedHasComeByAnotherWay) {
  FollowedLines lines(session_, *client_);
  take(lines, R"({"id":"b","dependencies":["a"]})");
  EXPECT_EQ(run({"add", "--id", "a"}), 0);
  testing::internal::CaptureStdout();
  lines.try_again();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "line 1: b\n");
}

TEST_F(FollowedLinesTest, AreRefusedForWhatNoLineCanMend) {
  FollowedLines lines(session_, *client_);
  take(lines, R"({"id":"a"})");
  EXPECT_THAT(take(lines, R"({"id":"a","dependencies":["a"]})"), HasSubstr("refused: line 2"));
  EXPECT_EQ(lines.waiting(), 0U);
}

}  // namespace
}  // namespace evener
