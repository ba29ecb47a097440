// Claims that wait for a task.
#include <gtest/gtest.h>

#include "engine/driven_engine.h"

namespace evener {
namespace {

TEST(WaitingClaim, IsAnsweredTheMomentATaskIsAdded) {
  DrivenEngine engine;
  engine.give(1, waiting_claim("w1"));
  EXPECT_EQ(engine->parked(), 1U);
  engine.flush();
  EXPECT_EQ(engine.reply(1), "");
  engine.give(2, add_of({{.id = "a"}}));
  engine.flush();
  EXPECT_EQ(engine.claimed(1), "a");
  EXPECT_EQ(engine->parked(), 0U);
}

TEST(WaitingClaim, OfWhoeverHasWhatTheTaskPrefersGoesFirst) {
  DrivenEngine engine;
  engine.done(RegisterWorker{{.name = "w1"}});
  engine.done(RegisterWorker{{.name = "w2", .capabilities = {"gpu", "linux"}}});
  engine.give(1, waiting_claim("w1"));
  engine.give(2, waiting_claim("w2"));
  engine.done(add_of({{.id = "a", .prefers = {"gpu"}}}));
  EXPECT_EQ(engine.claimed(2), "a");
  EXPECT_EQ(engine.reply(1), "");
  engine.done(add_of({{.id = "b", .prefers = {"gpu"}}}));
  EXPECT_EQ(engine.claimed(1), "b") << "nobody better waits";
}

TEST(WaitingClaim, OfTheMachineThatDoesLeastGoesFirst) {
  for (const Placement placement : {Placement::spread, Placement::pack}) {
    DrivenEngine engine;
    engine.done(Configure{.settings = PoolSettings{.placement = placement}});
    for (const auto& [name, machine] : {std::pair("w1", "elm"), std::pair("w2", "oak")}) {
      engine.done(RegisterWorker{{.name = name, .machine = machine}});
    }
    engine.done(RegisterWorker{{.name = "busy", .machine = "elm"}});
    engine.done(add_of({{.id = "other"}}));
    engine.done(Claim{.worker = "busy"});
    engine.give(1, waiting_claim("w1"));
    engine.give(2, waiting_claim("w2"));
    engine.done(add_of({{.id = "a"}}));
    EXPECT_EQ(engine.claimed(placement == Placement::spread ? 2 : 1), "a");
    EXPECT_EQ(engine.reply(placement == Placement::spread ? 1 : 2), "");
  }
}

TEST(WaitingClaim, OfTheMachineThatIsToldToBeLoadedGoesLast) {
  DrivenEngine engine;
  engine.done(RegisterWorker{{.name = "w1", .machine = "elm"}});
  engine.done(RegisterWorker{{.name = "w2", .machine = "oak"}});
  engine.done(Renew{.worker = "w1", .load = MachineLoad{.cpu = 90, .memory = 10}});
  engine.done(Renew{.worker = "w2", .load = MachineLoad{.cpu = 20, .memory = 30}});
  engine.give(1, waiting_claim("w1"));
  engine.give(2, waiting_claim("w2"));
  engine.done(add_of({{.id = "a"}}));
  EXPECT_EQ(engine.claimed(2), "a");
}

TEST(WaitingClaim, OfWhoeverDoesSuchWorkBestGoesFirst) {
  DrivenEngine engine;
  engine.done(Configure{.settings = PoolSettings{.fail_limit = 0}});
  Fence fence{0};
  for (int i = 0; i < 12; ++i) {
    for (const std::string name : {"bad", "good"}) {
      const std::string id = name + std::to_string(i);
      engine.done(add_of({{.id = id, .kind = "build"}}));
      engine.done(Claim{.worker = name, .task = id});
      fence = fence.next();
      if (name == "good") {
        engine.done(Finish{.task = id, .worker = name, .fence = fence});
      } else {
        engine.done(Fail{.task = id, .worker = name, .fence = fence, .final = true});
      }
    }
  }
  engine.give(1, waiting_claim("bad"));
  engine.give(2, waiting_claim("good"));
  engine.done(add_of({{.id = "a", .kind = "build"}}));
  EXPECT_EQ(engine.claimed(2), "a");
}

TEST(WaitingClaim, IsAnsweredWhenANeedIsDone) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}, {.id = "b", .needs = {{"a"}}}}));
  engine.done(Claim{.worker = "w1"});
  engine.give(1, waiting_claim("w2"));
  engine.done(Finish{.task = "a", .worker = "w1", .fence = Fence{1}});
  EXPECT_EQ(engine.claimed(1), "b");
}

TEST(WaitingClaim, IsAnsweredWhenABackoffEnds) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a", .backoff_ms = 2000}}));
  engine.done(Claim{.worker = "w1"});
  engine.done(Fail{.task = "a", .worker = "w1", .fence = Fence{1}});
  engine.give(1, waiting_claim("w2"));
  engine.pass(1999);
  EXPECT_EQ(engine->parked(), 1U);
  engine.pass(1);
  engine.flush();
  EXPECT_EQ(engine.claimed(1), "a");
}

TEST(WaitingClaim, IsAnsweredWhenALeaseLapses) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 1000});
  engine.give(1, waiting_claim("w2"));
  engine.pass(1000);
  engine.flush();
  EXPECT_EQ(engine.claimed(1), "a");
}

TEST(WaitingClaim, IsAnsweredWhenATaskIsReleasedOrResumedOrReopened) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1"});
  engine.give(1, waiting_claim("w2"));
  engine.done(Release{.task = "a", .worker = "w1", .fence = Fence{1}});
  EXPECT_EQ(engine.claimed(1), "a");
  engine.done(Finish{.task = "a", .worker = "w2", .fence = Fence{2}});
  engine.give(2, waiting_claim("w2"));
  engine.done(Reopen{.task = "a"});
  EXPECT_EQ(engine.claimed(2), "a");
  engine.done(Hold{.task = "a"});
  engine.done(Release{.task = "a", .worker = "w2", .fence = Fence{3}});
  engine.give(3, waiting_claim("w2"));
  EXPECT_EQ(engine->parked(), 1U);
  engine.done(Resume{.task = "a"});
  EXPECT_EQ(engine.claimed(3), "a");
}

TEST(WaitingClaim, EndsWithTheExplanation) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a", .capabilities = {"gpu"}}}));
  engine.give(1, waiting_claim("w1", 5000));
  engine.pass(4999);
  EXPECT_EQ(engine.reply(1), "");
  engine.pass(1);
  const Answer answer = engine.answer(1);
  ASSERT_TRUE(answer.refusal);
  EXPECT_EQ(answer.refusal->code, "nothing_to_claim");
  EXPECT_NE(answer.refusal->message.find("gpu"), std::string::npos) << answer.refusal->message;
  EXPECT_EQ(engine->parked(), 0U);
}

TEST(WaitingClaim, IsDroppedWhenItsCallerIsGone) {
  DrivenEngine engine;
  engine.give(1, waiting_claim("w1"));
  engine.give(2, waiting_claim("w2"));
  EXPECT_TRUE(engine->forget(1));
  EXPECT_FALSE(engine->forget(99));
  engine.done(add_of({{.id = "a"}}));
  EXPECT_EQ(engine.reply(1), "");
  EXPECT_EQ(engine.claimed(2), "a");
  EXPECT_FALSE(engine->forget(2)) << "it waits no more";
}

TEST(WaitingClaim, OfThoseThatMayWhoeverCanDoLeastIsServedOfAFewTasks) {
  DrivenEngine engine;
  engine.done(RegisterWorker{{.name = "able", .capabilities = {"gpu", "linux"}}});
  engine.done(RegisterWorker{{.name = "other", .capabilities = {"db"}}});
  engine.give(1, waiting_claim("other"));
  engine.give(2, waiting_claim("able"));
  engine.give(3, waiting_claim("plain"));
  engine.done(add_of({{.id = "a", .capabilities = {"gpu"}}}));
  EXPECT_EQ(engine.claimed(2), "a");
  engine.give(4, waiting_claim("able2"));
  engine.done(add_of({{.id = "b"}}));
  EXPECT_EQ(engine.claimed(3), "b");
  engine.done(add_of({{.id = "c"}, {.id = "d"}}));
  EXPECT_EQ(engine.claimed(1), "c") << "one for each: who can do most begins";
  EXPECT_EQ(engine.claimed(4), "d");
}

TEST(WaitingClaim, OfAWorkerWithMoreCapabilitiesGivesWayToALaterOne) {
  DrivenEngine engine;
  engine.done(RegisterWorker{{.name = "able", .capabilities = {"gpu"}}});
  engine.give(1, waiting_claim("able"));
  engine.give(2, waiting_claim("plain"));
  engine.done(add_of({{.id = "a"}}));
  EXPECT_EQ(engine.claimed(2), "a");
  EXPECT_EQ(engine.reply(1), "");
  engine.done(add_of({{.id = "b"}}));
  EXPECT_EQ(engine.claimed(1), "b") << "who can do more is no worse off where nobody else waits";
}

TEST(WaitingClaim, OfWhoeverHasLeastWorkBeforeThemIsServed) {
  DrivenEngine engine;
  engine.done(RegisterWorker{{.name = "busy", .capabilities = {"gpu"}, .slots = 2}});
  engine.done(RegisterWorker{{.name = "free", .capabilities = {"db", "linux"}}});
  engine.done(
      add_of({{.id = "first"}, {.id = "later", .needs = {{"first"}}, .capabilities = {"gpu"}}})
  );
  engine.done(Claim{.worker = "busy"});
  engine.give(1, waiting_claim("busy"));
  engine.give(2, waiting_claim("free"));
  engine.done(add_of({{.id = "a"}}));
  EXPECT_EQ(engine.claimed(2), "a") << "only busy can do what comes later";
}

TEST(WaitingClaim, OfEverybodyIsAskedWhereATaskIsMeantForSomebody) {
  DrivenEngine engine;
  for (const char* name : {"w1", "w2", "w3"}) engine.done(RegisterWorker{{.name = name}});
  engine.give(1, waiting_claim("w1"));
  engine.give(2, waiting_claim("w2"));
  engine.give(3, waiting_claim("w3"));
  engine.done(add_of({{.id = "a", .assignee = "w3"}, {.id = "b", .assignee = "w2"}}));
  EXPECT_EQ(engine.reply(1), "");
  EXPECT_EQ(engine.claimed(2), "b");
  EXPECT_EQ(engine.claimed(3), "a");
}

TEST(WaitingClaim, GetsATaskThatIsMeantForItsWorker) {
  DrivenEngine engine;
  engine.done(RegisterWorker{{.name = "w2", .role = "reviewer"}});
  engine.give(1, waiting_claim("w1"));
  engine.give(2, waiting_claim("w2"));
  engine.done(add_of({{.id = "a", .assignee = "role:reviewer", .assignee_delay_ms = 3000}}));
  EXPECT_EQ(engine.claimed(2), "a");
  EXPECT_EQ(engine.reply(1), "");
  engine.done(add_of({{.id = "b", .assignee = "w9", .assignee_delay_ms = 3000}}));
  EXPECT_EQ(engine.reply(1), "");
  engine.pass(3000);
  engine.flush();
  EXPECT_EQ(engine.claimed(1), "b");
}

TEST(WaitingClaim, IsTriedAgainWhenItsWorkerLearnsSomething) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a", .capabilities = {"gpu"}}}));
  engine.give(1, waiting_claim("w1"));
  engine.give(2, waiting_claim("w2"));
  engine.done(RegisterWorker{{.name = "w2", .capabilities = {"gpu"}}});
  EXPECT_EQ(engine.claimed(2), "a");
  EXPECT_EQ(engine.reply(1), "");
}

TEST(WaitingClaim, IsTriedAgainWhenItsMachineIsDescribed) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a", .capabilities = {"gpu"}}}));
  engine.done(RegisterWorker{{.name = "w1", .machine = "elm"}});
  engine.done(RegisterWorker{{.name = "w2", .machine = "walnut"}});
  engine.give(1, waiting_claim("w1"));
  engine.give(2, waiting_claim("w2"));
  engine.done(SetMachine{{.name = "walnut", .gpus = {"A100"}}});
  EXPECT_EQ(engine.claimed(2), "a");
  EXPECT_EQ(engine.reply(1), "");
}

TEST(WaitingClaim, IsTriedAgainWhenItsWorkerComesToLeadARole) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a", .assignee = "role:coordinator"}}));
  engine.done(add_of({{.id = "post", .kind = "lock", .locks = {"role:coordinator"}}}));
  engine.give(1, waiting_claim("w1"));
  EXPECT_EQ(engine.reply(1), "");
  engine.done(Claim{.worker = "w1", .task = "post"});
  EXPECT_EQ(engine.claimed(1), "a");
}

TEST(WaitingClaim, BeyondTheBoundIsAnsweredAtOnce) {
  DrivenEngine engine({.most_parked = 2});
  for (RequestTag tag = 1; tag <= 3; ++tag) {
    engine.give(tag, waiting_claim(fmt::format("w{}", tag)));
  }
  EXPECT_EQ(engine->parked(), 2U);
  EXPECT_EQ(engine.answer(3).refusal->code, "nothing_to_claim");
}

TEST(WaitingClaim, ManyOfThemShareWhatThereIs) {
  DrivenEngine engine;
  for (RequestTag tag = 1; tag <= 50; ++tag) {
    engine.give(tag, waiting_claim(fmt::format("w{}", tag)));
  }
  AddTasks add;
  for (int i = 0; i < 20; ++i) add.tasks.push_back({.id = fmt::format("t{}", i)});
  engine.done(std::move(add));
  for (RequestTag tag = 1; tag <= 20; ++tag) {
    EXPECT_EQ(engine.claimed(tag), fmt::format("t{}", tag - 1));
  }
  EXPECT_EQ(engine->parked(), 30U);
  engine.pass(10'000);
  EXPECT_EQ(engine->parked(), 0U);
  EXPECT_EQ(engine.answer(50).refusal->code, "nothing_to_claim");
}

}  // namespace
}  // namespace evener
