// A witness that believes everything is worth nothing: here are histories that must not be.
#include "witness.h"

#include <gtest/gtest.h>

namespace evener::sim {
namespace {

// Tells the witness facts and answers as a pool would.
class Teller {
 public:
  // Facts of one command, all durable.
  void happens(std::vector<FactBody> bodies, const std::string& request_id = "") {
    std::vector<std::string> texts;
    const Seq first = last_.next();
    for (FactBody& body : bodies) {
      last_ = last_.next();
      Fact fact{.seq = last_, .at = now, .by = by, .body = std::move(body)};
      const bool is_last = &body == &bodies.back();
      if (is_last && !request_id.empty()) {
        fact.request = RequestMark{.id = request_id, .facts = std::ssize(bodies)};
      }
      append_fact(texts.emplace_back(), fact);
    }
    witness.made_durable(last_);
    witness.published(first, {texts.begin(), texts.end()});
    witness.take_all();
  }

  void asks(Command command, const std::string& request_id = "", Scope scope = Scope::operate) {
    std::vector<Request> requests;
    requests.push_back({request_id, std::move(command)});
    witness.asked(1, {.author = {"rod", scope}, .requests = std::move(requests), .log_now = now});
  }

  void hears(const std::string& answer) {
    witness.replied(1, fmt::format(R"({{"answers":[{{{},"seq":{}}}]}})", answer, last_.value));
  }

  void hears_no(const std::string& code) {
    hears(fmt::format(R"("ok":false,"refusal":{{"code":"{}","message":"no"}})", code));
  }

  void hears_yes(const std::string& result = "{}") { hears(R"("ok":true,"result":)" + result); }

  // The statement that broke; -1 if none did.
  int broken() const { return breaches.first() ? breaches.first()->statement : -1; }

  // t0 and t1, of which w1 holds t0 under fence 1.
  Teller& with_a_claim() {
    asks(Hold{.task = "none"});
    happens({TaskAdded{.spec = {.id = "t0"}}, TaskAdded{.spec = {.id = "t1"}}});
    happens({WorkerRegistered{{.name = "w1"}}, WorkerRegistered{{.name = "w2"}}, claim_of("t0", 1)}
    );
    return *this;
  }

  TaskClaimed claim_of(
      const std::string& task, std::int64_t fence, const std::string& worker = "w1"
  ) {
    return {
        .task = task,
        .worker = worker,
        .fence = Fence{fence},
        .attempt = 1,
        .lease_ms = 1000,
        .expires = now + 1000
    };
  }

  Breaches breaches;
  Witness witness{breaches};
  Instant now = 5000;
  std::string by = "rod";

 private:
  Seq last_;
};

TEST(Witness, BelievesAnHonestHistory) {
  Teller pool;
  pool.with_a_claim();
  pool.asks(Finish{.task = "t0", .worker = "w1", .fence = Fence{1}});
  pool.happens({AttemptFinished{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  pool.hears_yes();
  pool.asks(Finish{.task = "t1", .worker = "w1", .fence = Fence{1}});
  pool.hears_no("stale_fence");
  EXPECT_EQ(pool.broken(), -1) << pool.breaches.first()->what;
}

TEST(Witness, SeesALostAcknowledgement) {
  Teller pool;
  pool.with_a_claim();
  pool.witness.process_ended();
  pool.witness.recovered({});
  EXPECT_EQ(pool.broken(), 1);
}

TEST(Witness, SeesAnAnswerWithoutItsFact) {
  Teller pool;
  pool.with_a_claim().asks(Finish{.task = "t0", .worker = "w1", .fence = Fence{1}});
  pool.hears_yes();
  EXPECT_EQ(pool.broken(), 1);
}

TEST(Witness, SeesAnAnswerBeforeItsFactIsDurable) {
  Teller pool;
  pool.asks(Hold{.task = "t0"});
  pool.witness.replied(1, R"({"answers":[{"ok":true,"seq":1,"result":{"changed":false}}]})");
  EXPECT_EQ(pool.broken(), 1);
}

TEST(Witness, SeesASecondHolder) {
  Teller pool;
  pool.with_a_claim().happens({pool.claim_of("t0", 2, "w2")});
  EXPECT_EQ(pool.broken(), 2);
}

TEST(Witness, SeesAFenceTwice) {
  Teller pool;
  pool.with_a_claim().happens({pool.claim_of("t1", 1, "w2")});
  EXPECT_EQ(pool.broken(), 2);
}

TEST(Witness, SeesAnOldFenceWrite) {
  Teller pool;
  pool.with_a_claim().happens({AttemptFinished{.task = "t0", .worker = "w2", .fence = Fence{1}}});
  EXPECT_EQ(pool.broken(), 3);
}

TEST(Witness, SeesAHolderTurnedAway) {
  Teller pool;
  pool.with_a_claim().asks(Finish{.task = "t0", .worker = "w1", .fence = Fence{1}});
  pool.hears_no("stale_fence");
  EXPECT_EQ(pool.broken(), 3);
}

TEST(Witness, SeesALateResultDropped) {
  Teller pool;
  pool.with_a_claim();
  pool.happens({AttemptLapsed{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  TaskClaimed again = pool.claim_of("t0", 2, "w2");
  again.attempt = 2;
  pool.happens({again});
  pool.asks(Finish{.task = "t0", .worker = "w1", .fence = Fence{1}});
  pool.hears_no("stale_fence");
  EXPECT_EQ(pool.broken(), 3);
}

TEST(Witness, SeesAStartBeforeItsNeeds) {
  Teller pool;
  pool.with_a_claim();
  pool.happens({TaskAdded{.spec = {.id = "t2", .needs = {{"t1"}}}}, pool.claim_of("t2", 2, "w2")});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, SeesAStartWithoutACapability) {
  Teller pool;
  pool.with_a_claim();
  pool.happens(
      {TaskAdded{.spec = {.id = "t2", .capabilities = {"gpu"}}}, pool.claim_of("t2", 2, "w2")}
  );
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, SeesACycle) {
  Teller pool;
  pool.with_a_claim();
  pool.happens(
      {TaskEdited{.spec = {.id = "t0", .needs = {{"t1"}}}},
       TaskEdited{.spec = {.id = "t1", .needs = {{"t0"}}}}}
  );
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, SeesAClaimSentAwayFromAReadyTask) {
  Teller pool;
  pool.with_a_claim().asks(Claim{.worker = "w2"});
  pool.hears_no("nothing_to_claim");
  EXPECT_EQ(pool.broken(), 5);
}

TEST(Witness, SeesAnUrgentTaskPassedOver) {
  Teller pool;
  pool.with_a_claim();
  pool.happens({TaskAdded{.spec = {.id = "t2", .priority = Priority::urgent}}});
  pool.asks(Claim{.worker = "w2"});
  pool.happens({pool.claim_of("t1", 2, "w2")});
  pool.hears_yes(R"({"task":{"id":"t1"},"fence":2})");
  EXPECT_EQ(pool.broken(), 5);
}

TEST(Witness, SeesALeaseThatNobodyEnds) {
  Teller pool;
  pool.with_a_claim().witness.expect_nothing_overdue(pool.now + 1900);
  EXPECT_EQ(pool.broken(), -1);
  pool.witness.expect_nothing_overdue(pool.now + 2100);
  EXPECT_EQ(pool.broken(), 6);
}

TEST(Witness, SeesATaskThatNobodyAdded) {
  Teller pool;
  pool.with_a_claim().happens({TaskHeld{.task = "t9"}});
  EXPECT_EQ(pool.broken(), 7);
}

TEST(Witness, SeesARequestDoneTwice) {
  Teller pool;
  pool.with_a_claim().happens({TaskHeld{.task = "t1"}}, "5000-a");
  pool.happens({TaskResumed{.task = "t1"}}, "5000-a");
  EXPECT_EQ(pool.broken(), 8);
}

TEST(Witness, SeesAFactLeftOut) {
  Teller pool;
  pool.witness.made_durable(Seq{5});
  pool.witness.published(Seq{2}, {"{}"});
  EXPECT_EQ(pool.broken(), 10);
}

TEST(Witness, SeesALeaseEndBeforeItsWorkerCountedOnIt) {
  Teller pool;
  pool.with_a_claim();
  pool.witness.ticked(pool.now, 0);
  pool.asks(Renew{.worker = "w1", .task = "t0", .fence = Fence{1}});
  pool.hears_yes(R"({"expires":6000})");
  pool.now += 600;
  pool.witness.ticked(pool.now, 600);
  pool.happens({AttemptLapsed{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  EXPECT_EQ(pool.broken(), 11);
}

TEST(Witness, SeesWhatNobodyAskedFor) {
  Teller pool;
  pool.with_a_claim();
  pool.by = "mallory";
  pool.happens({TaskHeld{.task = "t1"}});
  EXPECT_EQ(pool.broken(), 12);
}

TEST(Witness, SeesAScopeExceeded) {
  Teller pool;
  pool.with_a_claim().asks(Hold{.task = "t1"}, "", Scope::worker);
  pool.happens({TaskHeld{.task = "t1"}});
  pool.hears_yes();
  EXPECT_EQ(pool.broken(), 12);
}

}  // namespace
}  // namespace evener::sim
