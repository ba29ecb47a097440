// A witness that believes everything is worth nothing: here are histories that must not be.
#include "witness.h"

#include <gtest/gtest.h>

#include "witness_testing.h"

namespace evener::sim {
namespace {

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

// t2 touches what is below src, and runs at w1; w1 has a slot for another.
Teller& with_paths_held(Teller& pool, const std::string& paths = "src/**") {
  pool.with_a_claim();
  pool.happens(
      {TaskAdded{.spec = {.id = "t2", .paths = {paths}}},
       WorkerRegistered{{.name = "w1", .slots = 2}},
       pool.claim_of("t2", 2)}
  );
  return pool;
}

TEST(Witness, SeesAStartOnPathsOfAnother) {
  Teller pool;
  with_paths_held(pool).happens({TaskAdded{.spec = {.id = "t3", .paths = {"shared:src/*.cc"}}}});
  pool.happens({pool.claim_of("t3", 3, "w2")});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, BelievesThatPathsAreShared) {
  Teller pool;
  with_paths_held(pool, "shared:src/**");
  pool.happens({TaskAdded{.spec = {.id = "t3", .paths = {"shared:src/*.cc", "docs/d.md"}}}});
  pool.happens({pool.claim_of("t3", 3, "w2")});
  EXPECT_EQ(pool.broken(), -1) << pool.breaches.first()->what;
}

TEST(Witness, SeesAClaimSentAwayFromPathsThatAreFree) {
  Teller pool;
  with_paths_held(pool).happens({TaskAdded{.spec = {.id = "t3", .paths = {"docs/d.md"}}}});
  pool.asks(Claim{.worker = "w2", .task = "t3"});
  pool.hears_no("locked");
  EXPECT_EQ(pool.broken(), 5);
}

TEST(Witness, BelievesThatASubtaskWorksOnItsParentsPaths) {
  Teller pool;
  with_paths_held(pool).happens(
      {TaskAdded{.spec = {.id = "t3", .parent = "t2", .paths = {"src/a.cc"}}},
       pool.claim_of("t3", 3, "w2")}
  );
  EXPECT_EQ(pool.broken(), -1) << pool.breaches.first()->what;
}

TEST(Witness, SeesAnEditBringTwoIntoEachOthersWay) {
  Teller pool;
  with_paths_held(pool).happens({TaskEdited{.spec = {.id = "t0", .paths = {"**/a.cc"}}}});
  EXPECT_EQ(pool.broken(), -1);
  pool.witness.expect_no_conflicts();
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, SeesMoreOfAResourceGivenThanThereIs) {
  Teller pool;
  pool.with_a_claim();
  pool.happens({PoolConfigured{.settings = {.resources = {"crane=2"}}}});
  pool.happens(
      {TaskEdited{.spec = {.id = "t0", .locks = {"crane"}}},
       TaskAdded{.spec = {.id = "t2", .locks = {"crane"}}},
       TaskAdded{.spec = {.id = "t3", .locks = {"crane"}}}}
  );
  pool.happens({WorkerRegistered{{.name = "w2", .slots = 2}}, pool.claim_of("t2", 2, "w2")});
  EXPECT_EQ(pool.broken(), -1) << pool.breaches.first()->what;
  pool.happens({pool.claim_of("t3", 3, "w2")});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, SeesAYoungerTaskTakeWhatIsKept) {
  Teller pool;
  pool.with_a_claim();
  pool.happens({PoolConfigured{.settings = {.age_limit_ms = 500}}});
  pool.happens({TaskAdded{.spec = {.id = "t2", .paths = {"src/**"}}}});
  pool.now += 600;
  pool.happens({TaskAdded{.spec = {.id = "t3", .paths = {"src/a.cc"}}}});
  pool.happens({pool.claim_of("t3", 2, "w2")});
  EXPECT_EQ(pool.broken(), 6);
}

TEST(Witness, SeesPathsThatAreNone) {
  Teller pool;
  pool.with_a_claim().happens({TaskEdited{.spec = {.id = "t1", .paths = {"../up"}}}});
  EXPECT_EQ(pool.broken(), 7);
}

// w1 leads the smiths, by hand; t3 is meant for them.
Teller& with_a_leader(Teller& pool) {
  pool.with_a_claim();
  pool.happens(
      {TaskAdded{.spec = {.id = "t2", .kind = "lock", .assignee = "w1", .locks = {"role:smith"}}},
       TaskAdded{.spec = {.id = "t3", .assignee = "role:smith"}},
       pool.claim_of("t2", 2)}
  );
  return pool;
}

TEST(Witness, BelievesThatALeaderTakesWhatIsMeantForItsRole) {
  Teller pool;
  with_a_leader(pool).happens({WorkerRegistered{{.name = "w1", .slots = 2}}, pool.claim_of("t3", 3)}
  );
  EXPECT_EQ(pool.broken(), -1) << pool.breaches.first()->what;
}

TEST(Witness, SeesWhatIsMeantForARoleGoToOneWhoLeadsItNoMore) {
  Teller pool;
  with_a_leader(pool).happens(
      {AttemptFinished{.task = "t2", .worker = "w1", .fence = Fence{2}},
       AttemptFinished{.task = "t0", .worker = "w1", .fence = Fence{1}},
       pool.claim_of("t3", 3)}
  );
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, SeesALeaderRefusedWhatIsMeantForItsRole) {
  Teller pool;
  with_a_leader(pool).asks(Claim{.worker = "w1", .task = "t3"});
  pool.hears_no("not_assignee");
  EXPECT_EQ(pool.broken(), 5);
}

TEST(Witness, SeesALockByHandEndBeforeItsTime) {
  Teller pool;
  with_a_leader(pool).witness.ticked(pool.now, 0, true);
  pool.asks(Renew{.worker = "w1", .task = "t2", .fence = Fence{2}});
  pool.hears_yes(R"({"expires":6000})");
  pool.now += 600;
  pool.witness.ticked(pool.now, 600, true);
  pool.by = "evener";
  pool.happens({TaskCancelled{.task = "t2"}});
  EXPECT_EQ(pool.broken(), 11);
}

TEST(Witness, SeesWorkCancelledByNobody) {
  Teller pool;
  with_a_leader(pool);
  pool.by = "evener";
  pool.happens({TaskCancelled{.task = "t0"}});
  EXPECT_EQ(pool.broken(), 12);
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
  pool.witness.ticked(pool.now, 0, true);
  pool.asks(Renew{.worker = "w1", .task = "t0", .fence = Fence{1}});
  pool.hears_yes(R"({"expires":6000})");
  pool.now += 600;
  pool.witness.ticked(pool.now, 600, true);
  pool.happens({AttemptLapsed{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  EXPECT_EQ(pool.broken(), 11);
}

TEST(Witness, SeesLogTimeLeapWhileAServerServes) {
  Teller pool;
  pool.witness.ticked(5000, 0, true);
  pool.witness.ticked(6000, 900, true);
  pool.witness.ticked(9000, 910, true, false);
  pool.witness.ticked(10'000, 920, true);
  EXPECT_EQ(pool.broken(), -1) << "it made up for what it missed, with nothing leased";
  pool.witness.ticked(11'001, 950, true);
  EXPECT_EQ(pool.broken(), 11);
}

TEST(Witness, SeesALapseWhileTheCommandRuns) {
  Teller pool;
  pool.with_a_claim();
  pool.witness.command_began(Fence{1}, 10);
  pool.now += 1100;
  pool.witness.ticked(pool.now, 1100, true);
  pool.happens({AttemptLapsed{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  EXPECT_EQ(pool.broken(), 11);
}

TEST(Witness, SeesACommandBeginAfterALapse) {
  Teller pool;
  pool.with_a_claim();
  pool.witness.command_began(Fence{1}, 10);
  pool.witness.command_ended(Fence{1}, 900);
  pool.now += 1100;
  pool.witness.ticked(pool.now, 1100, true);
  pool.happens({AttemptLapsed{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  EXPECT_EQ(pool.broken(), -1);
  pool.witness.command_began(Fence{1}, 1200);
  EXPECT_EQ(pool.broken(), 11);
}

TEST(Witness, SeesAClaimWaitWhileATaskIsReady) {
  Teller pool;
  pool.with_a_claim().asks(Claim{.worker = "w2", .wait_ms = 5000});
  pool.witness.expect_no_needless_wait(pool.now);
  EXPECT_EQ(pool.broken(), 6);
}

TEST(Witness, SeesATaskTriedTooOften) {
  Teller pool;
  pool.with_a_claim();
  pool.happens({TaskEdited{.spec = {.id = "t0", .retries = 0}}});
  pool.happens(
      {AttemptFailed{.task = "t0", .worker = "w1", .fence = Fence{1}, .retry_at = pool.now + 1000}}
  );
  EXPECT_EQ(pool.broken(), 4);
}

TEST(Witness, SeesAFinalFailureTriedAgain) {
  Teller pool;
  pool.with_a_claim();
  pool.asks(Fail{.task = "t0", .worker = "w1", .fence = Fence{1}, .final = true});
  pool.happens(
      {AttemptFailed{.task = "t0", .worker = "w1", .fence = Fence{1}, .retry_at = pool.now + 1000}}
  );
  EXPECT_EQ(pool.broken(), -1);
  pool.hears_yes();
  EXPECT_EQ(pool.broken(), 1);
}

TEST(Witness, SeesASubtaskOutliveACancelledTask) {
  Teller pool;
  pool.with_a_claim().happens({TaskAdded{.spec = {.id = "t2", .parent = "t1"}}});
  pool.asks(Cancel{.task = "t1"});
  pool.happens({TaskCancelled{.task = "t1"}});
  pool.hears_yes(R"({"changed":["t1"]})");
  EXPECT_EQ(pool.broken(), 4);
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
