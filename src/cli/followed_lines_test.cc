#include "cli/followed_lines.h"

#include <gmock/gmock.h>

#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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

TEST_F(FollowedLinesTest, SayHowFarTheirTasksAre) {
  FollowedLines lines(session_, *client_);
  EXPECT_THAT(
      take(lines, R"({"id":"x","status":"completed","claimed_by":"bob"})"), HasSubstr("line 1: x")
  );
  EXPECT_EQ(run({"list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("state":"done")"));
  EXPECT_THAT(out_, HasSubstr(R"("worker":"bob")"));
  EXPECT_THAT(
      take(lines, R"({"id":"y","status":"completed","dependencies":["z"]})"),
      HasSubstr("waiting: line 2")
  );
  EXPECT_THAT(take(lines, R"({"id":"z"})"), HasSubstr("line 2: y"));
  EXPECT_EQ(run({"show", "y"}), 0);
  EXPECT_THAT(out_, HasSubstr("done"));
}

TEST_F(FollowedLinesTest, TakeBackNothingThatWasDecidedHereSince) {
  const std::string done = R"({"id":"x","status":"completed","claimed_by":"bob"})";
  const std::string held = R"({"id":"y","status":"held"})";
  FollowedLines lines(session_, *client_);
  take(lines, done + "\n" + held);
  ASSERT_EQ(run({"reopen", "x"}), 0) << err_;
  ASSERT_EQ(run({"resume", "y"}), 0) << err_;
  EXPECT_EQ(take(lines, done + "\n" + held), "line 3: x\nline 4: y\n");
  EXPECT_EQ(run({"list", "--json"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr(R"("state":"done")")));
  EXPECT_THAT(out_, Not(HasSubstr(R"("state":"held")")));
}

TEST_F(FollowedLinesTest, LetGoWhatALineBeforeHeld) {
  FollowedLines lines(session_, *client_);
  take(lines, R"({"id":"x","status":"held"})");
  EXPECT_EQ(run({"list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("state":"held")"));
  take(lines, R"({"id":"x","status":"available"})");
  EXPECT_EQ(run({"list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("state":"ready")"));
}

TEST_F(FollowedLinesTest, LeaveAReservationThatTheySayNothingOf) {
  FollowedLines lines(session_, *client_);
  take(lines, R"({"id":"x","service":"s"})");
  ASSERT_EQ(run({"edit", "x", "--assignee", "bob"}), 0) << err_;
  take(lines, R"({"id":"x","service":"s"})");
  EXPECT_EQ(run({"export"}), 0);
  EXPECT_THAT(out_, HasSubstr("assignee = \"bob\""));
  take(lines, R"({"id":"x","status":"available"})");
  EXPECT_EQ(run({"export"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("assignee")));
}

TEST_F(FollowedLinesTest, WaitUntilTheirStateCanBeTakenOver) {
  FollowedLines lines(session_, *client_);
  ASSERT_EQ(run({"add", "--id", "other"}), 0);
  ASSERT_EQ(run({"claim", "other", "--worker", "bob"}), 0);
  EXPECT_THAT(
      take(lines, R"({"id":"x","status":"completed","claimed_by":"bob"})"),
      HasSubstr("x stays open")
  );
  EXPECT_EQ(lines.waiting(), 1U);
  EXPECT_EQ(run({"show", "x"}), 0);
  EXPECT_THAT(take(lines, R"({"id":"y","dependencies":["x"]})"), HasSubstr("line 2: y"));
  ASSERT_EQ(run({"release", "other", "--worker", "bob"}), 0);
  take(lines, R"({"id":"x","status":"completed","claimed_by":"bob"})");
  EXPECT_EQ(lines.waiting(), 0U);
  EXPECT_EQ(run({"show", "x"}), 0);
  EXPECT_THAT(out_, HasSubstr("done by bob"));
}

TEST_F(FollowedLinesTest, SayOnceWhatTheyWaitWith) {
  FollowedLines lines(session_, *client_);
  ASSERT_EQ(run({"add", "--id", "x"}), 0);
  ASSERT_EQ(run({"claim", "x", "--worker", "bob"}), 0);
  EXPECT_THAT(
      take(lines, R"({"id":"x","status":"completed","dependencies":["z"]})"),
      AllOf(HasSubstr("note: x stays running"), HasSubstr("waiting: line 1"))
  );
  testing::internal::CaptureStderr();
  lines.try_again();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  lines.finish();
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(), "line 1: x still waits, and was not taken over\n"
  );
}

TEST_F(FollowedLinesTest, SayWhatWasReadOtherwise) {
  FollowedLines lines(session_, *client_);
  EXPECT_THAT(
      take(lines, R"({"id":"x","status":"dreaming"})"), HasSubstr("note: x: 'status' is not")
  );
}

// Nobody is there until it is told otherwise.
class AwayClient : public Client {
 public:
  explicit AwayClient(Client& inner) : inner_(inner) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override {
    if (is_away) return Error{"unreachable", "nobody answers", ""};
    return inner_.call(std::move(requests));
  }

  Result<std::string> ask(const Query& query) override { return inner_.ask(query); }

  Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) override {
    return inner_.follow(after, visit);
  }

  Result<BlobRef> put_blob(std::string_view bytes) override { return inner_.put_blob(bytes); }

  Result<std::string> get_blob(const BlobRef& blob) override { return inner_.get_blob(blob); }

  bool is_served() const override { return inner_.is_served(); }

  std::string place() const override { return inner_.place(); }

  bool is_away = true;

 private:
  Client& inner_;
};

TEST_F(FollowedLinesTest, WaitForAPoolThatIsAway) {
  AwayClient away(*client_);
  FollowedLines lines(session_, away);
  EXPECT_EQ(take(lines, R"({"id":"a"})"), "error: nobody answers (unreachable)\n");
  EXPECT_EQ(take(lines, R"({"id":"b"})"), "");
  EXPECT_EQ(lines.waiting(), 2U);
  away.is_away = false;
  testing::internal::CaptureStdout();
  lines.try_again();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "line 1: a\nline 2: b\n");
  EXPECT_EQ(lines.waiting(), 0U);
}

}  // namespace
}  // namespace evener
