// Histories of a team that must not be believed.
#include "team_account.h"

#include <gtest/gtest.h>

#include "witness_testing.h"

namespace evener::sim {
namespace {

// t2 is in the phase `after`, which comes after `before`, in which t1 is.
Teller& with_phases(Teller& pool) {
  pool.with_a_claim().happens(
      {PhaseSet{{.id = "before"}},
       PhaseSet{{.id = "after", .after = {"before"}}},
       TaskEdited{.spec = {.id = "t1", .phase = "before"}},
       TaskAdded{.spec = {.id = "t2", .phase = "after"}}}
  );
  return pool;
}

// t1 is done by w2.
Teller& with_t1_done(Teller& pool) {
  pool.happens(
      {pool.claim_of("t1", 2, "w2"),
       AttemptFinished{.task = "t1", .worker = "w2", .fence = Fence{2}}}
  );
  return pool;
}

TEST(TeamAccount, BelievesAPhaseThatOpens) {
  Teller pool;
  with_t1_done(with_phases(pool)).happens({GateOpened{"before"}, pool.claim_of("t2", 3, "w2")});
  pool.witness.expect_all_told();
  EXPECT_EQ(pool.broken(), -1) << pool.breaches.first()->what;
}

TEST(TeamAccount, SeesAStartInAClosedPhase) {
  Teller pool;
  with_phases(pool).happens({pool.claim_of("t2", 2, "w2")});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(TeamAccount, SeesAGateThatOpensTooEarly) {
  Teller pool;
  with_phases(pool).happens({GateOpened{"before"}});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(TeamAccount, SeesAnOpeningThatNobodyTells) {
  Teller pool;
  with_t1_done(with_phases(pool)).witness.expect_all_told();
  EXPECT_EQ(pool.broken(), 6);
}

TEST(TeamAccount, ForgetsAnApprovalOnceItsGateCloses) {
  Teller pool;
  with_phases(pool).happens({PhaseSet{{.id = "before", .approver = "role:smith"}}});
  with_t1_done(pool).happens({GateApproved{.gate = "before"}, GateOpened{"before"}});
  pool.happens({TaskReopened{.task = "t1"}, GateClosed{"before"}});
  EXPECT_EQ(pool.broken(), -1);
  TaskClaimed again = pool.claim_of("t1", 3, "w2");
  again.attempt = 2;
  pool.happens({again, AttemptFinished{.task = "t1", .worker = "w2", .fence = Fence{3}}});
  pool.happens({GateOpened{"before"}});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(TeamAccount, SeesAnApprovalByAnybody) {
  Teller pool;
  with_phases(pool).happens({PhaseSet{{.id = "before", .approver = "role:smith"}}});
  with_t1_done(pool).happens({GateApproved{.gate = "before", .worker = "w1"}});
  EXPECT_EQ(pool.broken(), 12);
}

TEST(TeamAccount, SeesAStartBehindABlocker) {
  Teller pool;
  pool.with_a_claim().happens({BlockerRaised{.blocker = 1, .task = "t1"}});
  pool.happens({pool.claim_of("t1", 2, "w2")});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(TeamAccount, SeesAFinishBehindABlocker) {
  Teller pool;
  pool.with_a_claim().happens({BlockerRaised{.blocker = 1, .task = "t0", .stops = Stops::finish}});
  pool.happens({AttemptFinished{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(TeamAccount, SeesAnEscalationBeforeItsTime) {
  Teller pool;
  pool.with_a_claim().happens({BlockerRaised{.blocker = 1, .task = "t1", .severity = Priority::high}
  });
  pool.now += PoolSettings{}.escalate_ms - 1;
  pool.happens({BlockerEscalated{.blocker = 1, .task = "t1", .to = "role:coordinator", .level = 1}}
  );
  EXPECT_EQ(pool.broken(), 6);
}

TEST(TeamAccount, SeesAnEscalationThatDoesNotCome) {
  Teller pool;
  const Millis wait = PoolSettings{}.escalate_ms;
  pool.asks(Hold{.task = "none"});
  pool.happens({TaskAdded{.spec = {.id = "t1"}}});
  pool.happens({BlockerRaised{.blocker = 1, .task = "t1", .severity = Priority::high}});
  pool.witness.expect_nothing_overdue(pool.now + wait + 900);
  EXPECT_EQ(pool.broken(), -1);
  pool.witness.expect_nothing_overdue(pool.now + wait + 1100);
  EXPECT_EQ(pool.broken(), 6);
}

TEST(TeamAccount, SeesAMessageGoUncounted) {
  Teller pool;
  pool.with_a_claim().happens({MessageSent{.message = 1, .to = "everyone", .text = "so"}});
  EXPECT_EQ(pool.witness.team().unread("w1"), 1);
  pool.asks(Renew{.worker = "w1", .task = "t0", .fence = Fence{1}});
  pool.hears_yes(R"({"expires":6000,"unread":0})");
  EXPECT_EQ(pool.broken(), 7);
}

TEST(TeamAccount, ForgetsAMessageThatAllHaveRead) {
  Teller pool;
  pool.with_a_claim().happens({MessageSent{.message = 1, .to = "everyone", .text = "so"}});
  pool.happens({MessageAcknowledged{.worker = "w1", .messages = {1}}});
  EXPECT_EQ(pool.witness.team().unread("w1"), 0);
  EXPECT_EQ(pool.witness.team().unread("w2"), 1);
  pool.happens({MessageAcknowledged{.worker = "w2", .messages = {}, .up_to = 1}});
  pool.happens({WorkerRegistered{{.name = "w3"}}});
  EXPECT_EQ(pool.witness.team().unread("w3"), 0);
}

TEST(TeamAccount, SeesAMessageForgottenTooEarly) {
  Teller pool;
  pool.with_a_claim().happens({MessageSent{.message = 1, .to = "everyone", .text = "so"}});
  pool.happens({MessagesExpired{.up_to = 1}});
  EXPECT_EQ(pool.broken(), 1);
}

TEST(TeamAccount, SeesASecondInstanceWhileOneIsOpen) {
  Teller pool;
  pool.asks(Hold{.task = "none"});
  pool.happens({ScheduleSet{{.id = "s0", .every_ms = 1000}}});
  pool.by = "evener";
  pool.happens({TaskAdded{.spec = {.id = "s0-1"}}});
  pool.now += 1000;
  pool.happens({TaskAdded{.spec = {.id = "s0-2"}}});
  EXPECT_EQ(pool.broken(), 7);
}

TEST(TeamAccount, SeesAnInstanceThatNothingCalledFor) {
  Teller pool;
  pool.asks(Hold{.task = "none"});
  pool.happens({ScheduleSet{{.id = "s0", .on = {"task_done:t1"}}}});
  EXPECT_EQ(pool.broken(), -1);
  pool.by = "evener";
  pool.happens({TaskAdded{.spec = {.id = "s0-1"}}});
  EXPECT_EQ(pool.broken(), 6);
}

TEST(TeamAccount, SeesAFinishWithoutItsChecklist) {
  Teller pool;
  pool.with_a_claim().happens({TaskEdited{.spec = {.id = "t0", .criteria = {"it was looked at"}}}});
  pool.happens({AttemptFinished{.task = "t0", .worker = "w1", .fence = Fence{1}}});
  EXPECT_EQ(pool.broken(), 4);
}

TEST(TeamAccount, SeesAFinishWithoutItsProof) {
  Teller pool;
  pool.with_a_claim().happens({TaskEdited{.spec = {.id = "t0", .verify = "make check"}}});
  pool.happens(
      {AttemptFinished{.task = "t0", .worker = "w1", .fence = Fence{1}, .verify = {.exit_code = 1}}}
  );
  EXPECT_EQ(pool.broken(), 4);
}

}  // namespace
}  // namespace evener::sim
