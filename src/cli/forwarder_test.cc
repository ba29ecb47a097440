#include "cli/forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/little_server.h"
#include "client/scripted_server.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_http::answer_text;
using testing_http::HeardRequest;
using testing_http::LittleServer;
using testing_http::StopPipe;
using Outcome = Delivery::Outcome;

// A log that ends; whoever follows it beyond that is told to stop.
class FakeLog : public Client {
 public:
  FakeLog() { add(PoolCreated{.pool = "p1"}); }

  void add(FactBody body) {
    facts.push_back({.seq = Seq{std::ssize(facts) + 1}, .by = "ada", .body = std::move(body)});
  }

  Result<std::string> ask(const Query& query) override {
    LogView view{.facts = {}, .next = {}, .end = facts.back().seq};
    for (const Fact& fact : facts) {
      if (fact.seq <= query.after || std::ssize(view.facts) >= query.limit) continue;
      append_fact(view.facts.emplace_back().text, fact);
    }
    return to_json_text(view);
  }

  Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) override {
    if (after.value > 0 && !failures.empty()) {
      const Error error = failures.back();
      failures.pop_back();
      if (on_failure) on_failure();
      return error;
    }
    for (const Fact& fact : facts) {
      if (fact.seq > after && !visit(PoolEvent(fact))) return Done{};
    }
    return Error{"interrupted", "told to stop"};
  }

  Result<std::vector<Answer>> call(std::vector<Request>) override { return Error{"no", "no"}; }

  Result<BlobRef> put_blob(std::string_view) override { return Error{"no", "no"}; }

  Result<std::string> get_blob(const BlobRef&) override { return Error{"no", "no"}; }

  bool is_served() const override { return false; }

  std::string place() const override { return "a fake"; }

  std::vector<Fact> facts;
  std::vector<Error> failures;  // of the next calls that go on behind a fact, last first
  std::function<void()> on_failure = {};
};

// Answers as it is told, and then that all is delivered.
class FakeReceiver : public Receiver {
 public:
  Delivery deliver(const ForwardedFact& fact) override {
    ids.push_back(fact.id());
    if (answers.empty()) return {Outcome::delivered};
    const Delivery answer = answers.front();
    answers.erase(answers.begin());
    return answer;
  }

  std::vector<std::string> ids;
  std::vector<Delivery> answers;
};

class ForwarderTest : public testing::Test {
 protected:
  static std::string new_folder() {
    std::string name = testing::TempDir() + "evener-forwarder-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }

  ForwarderTest() {
    for (const char* task : {"a", "b", "c"}) {
      log_.add(TaskAdded{.spec = {.id = task}});
      log_.add(TaskClaimed{.task = task, .worker = "ada"});
    }
  }

  ~ForwarderTest() override { std::filesystem::remove_all(folder_); }

  Result<ForwardSummary> run(ForwardOptions options, Receiver& receiver) {
    const ForwardPlace place = ForwardPlace::take(folder_, "chat").value();
    Forwarder forwarder(
        std::move(options),
        {.client = log_,
         .place = place,
         .receiver = receiver,
         .clock = clock_,
         .pause =
             [&](Millis wait) {
               pauses_.push_back(wait);
               return std::ssize(pauses_) != stop_at_pause_;
             },
         .say = [&](std::string_view text) { said_ += std::string(text) + "\n"; }}
    );
    return forwarder.run();
  }

  Result<ForwardSummary> run(ForwardOptions options) { return run(std::move(options), receiver_); }

  std::optional<Seq> position() const {
    const auto place = ForwardPlace::take(folder_, "chat").value().position().value();
    return place ? std::optional(place->seq) : std::nullopt;
  }

  // As when a copy of the pool is put back that ends with `last`, and other work is done then.
  void put_back(std::size_t last) {
    const std::size_t lost = log_.facts.size() - last;
    log_.facts.resize(last);
    for (std::size_t i = 0; i < lost + 2; ++i) {
      log_.add(TaskClaimed{.task = "other" + std::to_string(i), .worker = "bob"});
    }
  }

  static ForwardOptions from_start() { return {.from = "start"}; }

  static ForwardOptions claims() {
    return {.choice = {.types = {"task_claimed"}}, .from = "start"};
  }

  std::string folder_ = new_folder();
  SystemClock clock_;
  FakeLog log_;
  FakeReceiver receiver_;
  std::vector<Millis> pauses_;
  std::int64_t stop_at_pause_ = 0;
  std::string said_;
};

TEST(Backoff, DoublesUpToFiveMinutes) {
  EXPECT_EQ(backoff_after(1, 0, {}), 1000);
  EXPECT_EQ(backoff_after(2, 0, {}), 2000);
  EXPECT_EQ(backoff_after(9, 0, {}), 256'000);
  EXPECT_EQ(backoff_after(10, 0, {}), 300'000);
  EXPECT_EQ(backoff_after(1'000'000, 0, {}), 300'000);
}

TEST(Backoff, IsShortenedByChanceAtMostToTheHalf) {
  EXPECT_EQ(backoff_after(3, 500, {}), 3000);
  EXPECT_GE(backoff_after(3, 999, {}), 2000);
  EXPECT_LT(backoff_after(3, 999, {}), 2010);
}

TEST(Backoff, LastsAsLongAsTheReceiverAskedForUpToAnHour) {
  EXPECT_EQ(backoff_after(1, 0, 30'000), 30'000);
  EXPECT_EQ(backoff_after(5, 0, 2000), 16'000);
  EXPECT_EQ(backoff_after(1, 0, 86'400'000), 3'600'000);
}

TEST_F(ForwarderTest, DeliversEveryFactInOrder) {
  const Result<ForwardSummary> summary = run(from_start());
  ASSERT_TRUE(summary.ok()) << summary.error().text();
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:1", "p1:2", "p1:3", "p1:4", "p1:5", "p1:6", "p1:7"));
  EXPECT_EQ(summary->delivered, 7);
  EXPECT_EQ(position(), Seq{7});
}

TEST_F(ForwarderTest, DeliversWhatIsChosenAlone) {
  ASSERT_TRUE(run(claims()).ok());
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:3", "p1:5", "p1:7"));
}

TEST_F(ForwarderTest, BeginsWithWhatHappensFromNowOn) {
  ASSERT_TRUE(run({}).ok());
  EXPECT_THAT(receiver_.ids, IsEmpty());
  EXPECT_EQ(position(), Seq{7});
  log_.add(TaskHeld{.task = "a"});
  ASSERT_TRUE(run({}).ok());
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:8"));
}

TEST_F(ForwarderTest, BeginsBehindANumberedFact) {
  ASSERT_TRUE(run({.from = "5"}).ok());
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:6", "p1:7"));
  ASSERT_TRUE(run({.from = "2"}).ok());
  EXPECT_EQ(receiver_.ids.size(), 2U) << "a name that has begun goes on where it was";
}

TEST_F(ForwarderTest, RefusesABeginningThatItCannotRead) {
  EXPECT_EQ(run({.from = "yesterday"}).error().code, "usage");
  EXPECT_EQ(run({.from = "-1"}).error().code, "usage");
  EXPECT_EQ(run({.from = "8"}).error().code, "other_log");
}

TEST_F(ForwarderTest, GoesOnBehindWhatWasDelivered) {
  receiver_.answers = {{Outcome::delivered}, {Outcome::stopped}};
  ASSERT_TRUE(run(claims()).ok());
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:3", "p1:5"));
  receiver_.ids.clear();
  ASSERT_TRUE(run(claims()).ok());
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:5", "p1:7"));
}

TEST_F(ForwarderTest, EndsAtTheLogsEndWhenAskedTo) {
  ForwardOptions options = claims();
  options.once = true;
  const Result<ForwardSummary> summary = run(options);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->position, Seq{7});
  EXPECT_EQ(run(options)->delivered, 0);
}

TEST_F(ForwarderTest, TriesAgainUntilTheReceiverHasIt) {
  receiver_.answers = {
      {Outcome::failed, "500"}, {Outcome::failed, "500"}, {Outcome::failed, "429", 60'000}
  };
  const Result<ForwardSummary> summary = run(claims());
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->delivered, 3);
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:3", "p1:3", "p1:3", "p1:3", "p1:5", "p1:7"));
  ASSERT_EQ(pauses_.size(), 3U);
  EXPECT_LE(pauses_[0], 1000);
  EXPECT_LE(pauses_[1], 2000);
  EXPECT_GT(pauses_[1], pauses_[0] / 2);
  EXPECT_EQ(pauses_[2], 60'000);
  EXPECT_THAT(said_, HasSubstr("fact 3 (task_claimed a): attempt 2: 500; again in "));
}

TEST_F(ForwarderTest, ShowsWhatWentWrongUntilItIsDelivered) {
  receiver_.answers = {{Outcome::failed, "500 no\x1b[2J"}, {Outcome::failed, "501 no"}};
  stop_at_pause_ = 2;
  ASSERT_TRUE(run(claims()).ok());
  ForwardName name = forward_names(folder_).value().at(0);
  EXPECT_EQ(name.card.trouble.message, "501 no");
  EXPECT_EQ(name.card.trouble.attempts, 2);
  EXPECT_EQ(name.position, Seq{2});
  EXPECT_THAT(said_, testing::Not(HasSubstr("\x1b")));
  ASSERT_TRUE(run(claims()).ok());
  EXPECT_EQ(forward_names(folder_).value().at(0).card.trouble.message, "");
}

TEST_F(ForwarderTest, EndsWithAReceiverThatIsGone) {
  receiver_.answers = {{Outcome::delivered}, {Outcome::gone, "410 Gone"}};
  EXPECT_EQ(run(claims()).error().code, "gone");
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:3", "p1:5"));
  EXPECT_EQ(position(), Seq{3});
}

TEST_F(ForwarderTest, EndsWhereItGivesUp) {
  receiver_.answers = {{Outcome::failed, "1"}, {Outcome::failed, "2"}};
  ForwardOptions options = claims();
  options.give_up = 2;
  EXPECT_EQ(run(options).error().code, "gave_up");
  EXPECT_THAT(said_, HasSubstr("given up after 2 attempts: 2\n{\"seq\":3,"));
  EXPECT_EQ(position(), Seq{0});
}

TEST_F(ForwarderTest, PassesOverWhatItGaveUpWhenAskedTo) {
  receiver_.answers = {{Outcome::failed, "1"}, {Outcome::failed, "2"}};
  ForwardOptions options = claims();
  options.give_up = 2;
  options.skip = true;
  const Result<ForwardSummary> summary = run(options);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->passed_over, 1);
  EXPECT_EQ(summary->delivered, 2);
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:3", "p1:3", "p1:5", "p1:7"));
}

TEST_F(ForwarderTest, WaitsForAPoolThatIsOutOfReach) {
  ForwardOptions options = claims();
  options.from = "3";
  log_.failures = {{"resync", "again"}, {"unreachable", "away"}, {"unreachable", "away"}};
  ASSERT_TRUE(run(options).ok());
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:5", "p1:7"));
  EXPECT_EQ(said_, "warning: away (unreachable)\nwarning: again (resync)\n");
  EXPECT_EQ(pauses_.size(), 3U);
}

TEST_F(ForwarderTest, EndsWithALogThatCannotBeRead) {
  ForwardOptions options = claims();
  options.from = "3";
  log_.failures = {{"corrupt", "a batch does not fit its chain"}};
  EXPECT_EQ(run(options).error().code, "corrupt");
}

TEST_F(ForwarderTest, RefusesToGoOnInAnotherLog) {
  ASSERT_TRUE(ForwardPlace::take(folder_, "chat").value().move_to({Seq{100}, {}, {}}, true).ok());
  EXPECT_EQ(run(from_start()).error().code, "other_log");
}

TEST_F(ForwarderTest, RefusesToGoOnInAnotherPool) {
  ASSERT_TRUE(run(claims()).ok());
  log_.facts.front().body = PoolCreated{.pool = "p2"};
  const Result<ForwardSummary> summary = run(claims());
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, "other_log");
  EXPECT_THAT(summary.error().message, HasSubstr("in the pool p1, and this is p2"));
}

TEST_F(ForwarderTest, RefusesToGoOnWhereAnOlderCopyWentOnOtherwise) {
  ASSERT_TRUE(run(claims()).ok());
  put_back(5);
  EXPECT_EQ(run(claims()).error().code, "other_log");
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:3", "p1:5", "p1:7"));
}

TEST_F(ForwarderTest, GoesOnInAnOlderCopyThatHasAllThatWasDealtWith) {
  receiver_.answers = {{Outcome::delivered}, {Outcome::stopped}};
  ASSERT_TRUE(run(claims()).ok());
  put_back(4);
  receiver_.ids.clear();
  const Result<ForwardSummary> summary = run(claims());
  ASSERT_TRUE(summary.ok()) << summary.error().text();
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:5", "p1:6", "p1:7", "p1:8", "p1:9"));
}

TEST_F(ForwarderTest, EndsWhenThePoolIsPutBackWhileItFollows) {
  log_.failures = {{"resync", "events were missed"}};
  log_.on_failure = [&] { put_back(5); };
  ForwardOptions options = claims();
  options.from = "7";
  EXPECT_EQ(run(options).error().code, "other_log");
  EXPECT_THAT(receiver_.ids, IsEmpty());
}

TEST_F(ForwarderTest, SeesThatThePoolWasPutBackWhenItReadsOn) {
  log_.failures = {{"unreachable", "away"}};
  log_.on_failure = [&] { put_back(5); };
  ForwardOptions options = claims();
  options.from = "7";
  EXPECT_EQ(run(options).error().code, "other_log");
  EXPECT_THAT(receiver_.ids, IsEmpty());
}

TEST_F(ForwarderTest, LearnsTheLogOfAPositionThatSaysNothingOfIt) {
  ASSERT_TRUE(write_file_atomic(folder_ + "/chat.json", "{\"seq\":5}\n", 0600).ok());
  ForwardOptions options = claims();
  options.once = true;
  ASSERT_TRUE(run(options).ok());
  EXPECT_THAT(receiver_.ids, ElementsAre("p1:7"));
  ASSERT_TRUE(write_file_atomic(folder_ + "/chat.json", "{\"seq\":7}\n", 0600).ok());
  ASSERT_TRUE(run(options).ok());
  put_back(5);
  EXPECT_EQ(run(options).error().code, "other_log");
}

TEST_F(ForwarderTest, DoesNotReadALongStretchAgain) {
  for (int i = 0; i < 1500; ++i) log_.add(TaskHeld{.task = "a"});
  receiver_.answers = {
      {Outcome::delivered}, {Outcome::delivered}, {Outcome::delivered}, {Outcome::stopped}
  };
  log_.add(TaskClaimed{.task = "a", .worker = "ada"});
  ASSERT_TRUE(run(claims()).ok());
  EXPECT_EQ(position(), Seq{1507});
}

// ---- over HTTP ---------------------------------------------------------------------------------

class PostingTest : public ForwarderTest {
 protected:
  PostReceiver::Options to(const LittleServer& server) const {
    return {
        .url = parse_url(server.url()).value(),
        .secret = "s3cret",
        .timeout_ms = 20'000,
        .stop_descriptor = stop_.descriptor()
    };
  }

  StopPipe stop_;
};

TEST(Signature, IsThatOfAKnownVector) {
  // printf '1700000000.{"seq":1}' | openssl dgst -sha256 -hmac s3cret
  EXPECT_EQ(
      signature_of("s3cret", "1700000000", "{\"seq\":1}"),
      "sha256=cbdcfdffb94ac16f20fc7dff420aed60e8abb875b1394e892e008fdba0124439"
  );
}

TEST_F(PostingTest, SendsFactsInOrderThroughErrorsAndDrops) {
  LittleServer server([](std::size_t number, const HeardRequest&) -> std::optional<std::string> {
    if (number == 0) return answer_text(500);
    if (number == 1) return "";  // drops the connection
    if (number == 3) return answer_text(429, "Retry-After: 7\r\n");
    return answer_text(202);
  });
  PostReceiver receiver(to(server), clock_);
  const Result<ForwardSummary> summary = run(claims(), receiver);
  ASSERT_TRUE(summary.ok()) << summary.error().text();
  std::vector<std::string> events;
  for (const HeardRequest& request : server.heard()) {
    events.push_back(request.header("Evener-Event"));
    EXPECT_EQ(request.header("Content-Type"), "application/json");
    EXPECT_EQ(request.header("Evener-Pool"), "p1");
    EXPECT_EQ(
        request.header("Evener-Signature"),
        signature_of("s3cret", request.header("Evener-Timestamp"), request.body)
    );
  }
  EXPECT_THAT(events, ElementsAre("p1:3", "p1:3", "p1:3", "p1:5", "p1:5", "p1:7"));
  EXPECT_EQ(pauses_.at(2), 7000);
  const Json body = parse_json(server.heard().at(0).body).value();
  EXPECT_EQ(body.at("type").get_string(), "task_claimed");
  EXPECT_EQ(read_fact(body).value().seq, Seq{3});
}

TEST_F(PostingTest, SendsASlowReceiverTheSameFactAgain) {
  LittleServer server([](std::size_t number, const HeardRequest&) {
    return number == 0 ? std::nullopt : std::optional(answer_text(200));
  });
  PostReceiver::Options options = to(server);
  options.timeout_ms = 100;
  PostReceiver receiver(options, clock_);
  ASSERT_TRUE(run(claims(), receiver).ok());
  EXPECT_EQ(server.heard().at(1).header("Evener-Event"), "p1:3");
  EXPECT_EQ(server.heard().size(), 4U);
  EXPECT_THAT(said_, HasSubstr("did not answer in time"));
}

TEST_F(PostingTest, EndsWith410) {
  LittleServer server([](std::size_t number, const HeardRequest&) {
    return answer_text(number == 0 ? 200 : 410);
  });
  PostReceiver receiver(to(server), clock_);
  EXPECT_EQ(run(claims(), receiver).error().code, "gone");
  EXPECT_EQ(server.heard().size(), 2U);
  EXPECT_EQ(position(), Seq{3});
}

TEST_F(PostingTest, LeavesAFactUndeliveredWhenItIsStoppedMeanwhile) {
  LittleServer server([&](std::size_t number, const HeardRequest&) -> std::optional<std::string> {
    if (number == 0) return answer_text(200);
    stop_.stop();
    return std::nullopt;
  });
  PostReceiver receiver(to(server), clock_);
  ASSERT_TRUE(run(claims(), receiver).ok());
  EXPECT_EQ(position(), Seq{4});
}

TEST_F(PostingTest, SignsNothingWithoutASecret) {
  LittleServer server([](std::size_t, const HeardRequest&) { return answer_text(200); });
  PostReceiver::Options options = to(server);
  options.secret.clear();
  PostReceiver receiver(options, clock_);
  ASSERT_TRUE(run(claims(), receiver).ok());
  EXPECT_EQ(server.heard().at(0).header("Evener-Signature"), "");
}

}  // namespace
}  // namespace evener
