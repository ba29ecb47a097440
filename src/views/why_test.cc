#include "views/why.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "views/order.h"
#include "views/test_pool.h"

namespace evener {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

WhyView why(const TestPool& test, const std::string& task, const std::string& worker = "") {
  return why_task(test.pool, test.index(task), worker, test.now);
}

TEST(WhyTask, SaysWhoMayTakeAReadyOne) {
  TestPool test;
  test.join(worker_spec("w1", {"gpu"}));
  test.join("w2");
  test.join(worker_spec("w3", {"gpu"}));
  test.add("busy");
  TaskSpec spec = task_spec("t");
  spec.capabilities = {"gpu"};
  test.add(spec);
  test.claim("busy", "w3");
  const WhyView view = why(test, "t");
  EXPECT_EQ(view.summary, "t is ready: w1 may take it");
  EXPECT_THAT(view.takers, ElementsAre(TakerRow{"w1", Liveness::live, true}));
  ASSERT_EQ(view.misses.size(), 2U);
  EXPECT_EQ(view.misses[0].worker, "w3");  // it only needs to finish something
  EXPECT_EQ(view.misses[0].code, "slots_full");
  EXPECT_EQ(view.misses[1].worker, "w2");
  EXPECT_EQ(view.misses[1].text, "w2 lacks gpu");
}

TEST(WhyTask, SaysThatNobodyMay) {
  TestPool test;
  TaskSpec spec = task_spec("t");
  spec.assignee = "role:reviewer";
  test.add(spec);
  EXPECT_EQ(why(test, "t").summary, "t is ready; no worker has come yet");
  test.join("w1");
  EXPECT_EQ(
      why(test, "t").summary,
      "t is ready, but no known worker may take it now: it is meant for role:reviewer"
  );
  EXPECT_EQ(why(test, "t").remedy, "evener edit t --assignee ''");
}

TEST(WhyTask, SaysThatALockIsOfferedToNobody) {
  TestPool test;
  test.join("w1");
  TaskSpec spec = task_spec("lock-1");
  spec.kind = lock_kind;
  spec.locks = {"port:5432"};
  spec.assignee = "w1";
  test.add(spec);
  test.add("a");
  test.claim("a", "w1");  // its only slot, of which a lock takes none
  for (const char* name : {"", "w1", "w2"}) {
    EXPECT_EQ(
        why(test, "lock-1", name).summary,
        "lock-1 is offered to nobody: the evener lock or evener lead that made it takes it"
    );
    EXPECT_EQ(why(test, "lock-1", name).remedy, "evener cancel lock-1");
    EXPECT_THAT(why(test, "lock-1", name).takers, IsEmpty());
  }
}

// Typed as it stands, each is enough.
TEST(WhyTask, SaysAllThatAWorkerMustSayOfItself) {
  TestPool test;
  TaskSpec spec = task_spec("t");
  spec.capabilities = {"gpu", "model=llama 70b", "ram_gb>=64"};
  test.add(spec);
  EXPECT_EQ(
      why(test, "t", "w1").remedy,
      "claim with --capability gpu --capability 'model=llama 70b' --capability ram_gb=64, if it "
      "has them"
  );
  WorkerSpec able = worker_spec("w2", {"gpu", "linux", "ram_gb=32"});
  able.slots = 2;
  able.machine = "elm";
  test.join(able);
  EXPECT_EQ(
      why(test, "t", "w2").remedy,
      "claim with --capability gpu --capability linux --capability 'model=llama 70b' "
      "--capability ram_gb=64 --slots 2 --machine elm, if it has them"
  );
  EXPECT_EQ(
      why_worker(test.pool, "w2", test.now).remedy,
      "claim with --capability gpu --capability linux --capability 'model=llama 70b' "
      "--capability ram_gb=64 --slots 2 --machine elm, if you have them"
  );
}

TEST(WhyTask, SaysHowARunnerGetsASecretBesideWhatItHas) {
  TestPool test;
  TaskSpec spec = task_spec("t");
  spec.secrets = {"KEY"};
  test.add(spec);
  test.join(worker_spec("w1", {"linux"}));
  EXPECT_EQ(
      why(test, "t").remedy, "evener work --name w1 --capability linux --secret KEY=file:PATH"
  );
}

TEST(WhyTask, NamesWhatAWaitingOneWaitsFor) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.add("b", {"a"});
  test.claim("a", "w1");
  const WhyView view = why(test, "b");
  EXPECT_EQ(view.summary, "b is waiting: it waits for a (running by w1)");
  EXPECT_EQ(view.remedy, "finish them first");
  EXPECT_EQ(view.state, TaskState::waiting);
}

TEST(WhyTask, NamesTheHolderOfARunningOne) {
  TestPool test;
  test.join("w1");
  test.add("t");
  test.claim("t", "w1");
  test.after(5000);
  const WhyView view = why(test, "t");
  EXPECT_EQ(view.summary, "t is running by w1 (attempt 1, fence 1) for 5s");
  ASSERT_TRUE(view.holder.has_value());
  EXPECT_EQ(view.holder->left_ms, 25'000);
  EXPECT_THAT(view.takers, IsEmpty());
}

TEST(WhyTask, NamesABlockerOfTheFinishAndStaysReady) {
  TestPool test;
  test.join("w1");
  test.add("t");
  test.write(BlockerRaised{1, "t", "cert missing", Priority::normal, Stops::finish, "rod", ""});
  const auto texts = [&] {
    std::vector<std::string> out;
    for (const ConditionRow& row : why(test, "t").conditions) out.push_back(row.text);
    return out;
  };
  const std::string told =
      "no blocker stops its start, but its finish: blocker 1 (normal): cert missing (up to rod)";
  EXPECT_EQ(why(test, "t").summary, "t is ready: w1 may take it");
  EXPECT_THAT(texts(), Contains(told));
  test.claim("t", "w1");
  EXPECT_THAT(texts(), Contains(told));
  test.finish("t");
  EXPECT_THAT(texts(), Not(Contains(told)));
}

TEST(WhyTask, SaysHowAPhaseBehindAFailedTaskIsReached) {
  TestPool test;
  test.join("w1");
  test.write(PhaseSet{{.id = "e1"}});
  test.write(PhaseSet{{.id = "e2", .after = {"e1"}}});
  TaskSpec first = task_spec("f");
  first.phase = "e1";
  test.add(first);
  TaskSpec second = task_spec("t");
  second.phase = "e2";
  test.add(second);
  EXPECT_EQ(why(test, "t").remedy, "finish them first");
  test.claim("f", "w1");
  test.fail("f", "no");
  EXPECT_EQ(why(test, "t").remedy, "stuck: evener reopen f, or do without it: evener cancel f");
}

TEST(WhyTask, NamesTheTopmostClosedParentToReopen) {
  TestPool test;
  test.add("p");
  for (const auto& [id, parent] : {std::pair{"k", "p"}, std::pair{"k.1", "k"}}) {
    TaskSpec spec = task_spec(id);
    spec.parent = parent;
    test.add(spec);
  }
  test.add("z", {"k.1"});
  for (const char* id : {"p", "k", "k.1"}) test.write(TaskCancelled{id, ""});
  EXPECT_EQ(why(test, "k.1").remedy, "evener reopen p first");
  EXPECT_EQ(why(test, "p").remedy, "evener reopen p");
  EXPECT_EQ(
      why(test, "z").remedy,
      "stuck: evener reopen p, or drop the need with: evener edit z --drop-need k.1"
  );
}

TEST(WhyTask, DropsANeedWhereItStands) {
  TestPool test;
  test.add("gone");
  test.add("p", {"gone"});
  TaskSpec spec = task_spec("k");
  spec.parent = "p";
  test.add(spec);
  test.write(TaskCancelled{"gone", ""});
  EXPECT_EQ(
      why(test, "k").remedy,
      "stuck: evener reopen gone, or drop the need with: evener edit p --drop-need gone"
  );
}

TEST(WhyTask, TellsWhatComesBeforeItForAWorker) {
  TestPool test;
  test.join("w1");
  test.add("low");
  TaskSpec high = task_spec("high");
  high.priority = Priority::high;
  test.add(high);
  const WhyView view = why(test, "low", "w1");
  EXPECT_EQ(
      view.summary,
      "low is ready: 1 task comes before it for w1; first high: its priority is high (the next, "
      "low, has normal)"
  );
  ASSERT_TRUE(view.position.has_value());
  EXPECT_EQ(view.position->ahead_total, 1);
  EXPECT_THAT(view.position->ahead, ElementsAre(TaskRef{"high", "", TaskState::ready}));
  EXPECT_EQ(why(test, "high", "w1").summary, "high is ready: it is what w1 is offered next");
}

TEST(WhyTask, KnowsWhatANewcomerWouldLack) {
  TestPool test;
  TaskSpec spec = task_spec("t");
  spec.capabilities = {"gpu"};
  test.add(spec);
  EXPECT_EQ(why(test, "t", "stranger").summary, "t is ready, but stranger lacks gpu");
}

TEST(WhyWorker, TellsWhatItIsOfferedAndWhyThatFirst) {
  TestPool test;
  test.join("w1");
  const auto summary = [&] { return why_worker(test.pool, "w1", test.now).summary; };
  test.add("a");
  EXPECT_EQ(summary(), "w1 is offered a: it is the only ready task that it may take");
  test.add("b");
  EXPECT_EQ(summary(), "w1 is offered a: it was added first");
  test.after(1000);
  test.add("c");
  test.write(TaskCancelled{"b", ""});
  EXPECT_EQ(summary(), "w1 is offered a: it has been ready longest");
  test.add("d", {"c"});
  EXPECT_EQ(
      summary(),
      "w1 is offered c: the longest remaining path begins with it: 2m 0s (the next, a, has 1m 0s)"
  );
  TaskSpec mine = task_spec("mine");
  mine.assignee = "w1";
  test.add(mine);
  EXPECT_EQ(summary(), "w1 is offered mine: it is meant for w1");
  TaskSpec urgent = task_spec("urgent");
  urgent.priority = Priority::urgent;
  test.add(urgent);
  EXPECT_EQ(summary(), "w1 is offered urgent: its priority is urgent (the next, mine, has normal)");
  test.after(test.pool.state().settings.age_limit_ms - 1000);
  EXPECT_EQ(summary(), "w1 is offered a: it has been ready for longer than the age limit of 1d 0h");
}

TEST(WhyWorker, TellsWhoseWorkPutATaskFirst) {
  TestPool test;
  const auto join = [&](const std::string& name, const std::vector<std::string>& offers) {
    test.write(WorkerRegistered{{.name = name, .capabilities = offers}});
  };
  join("w1", {"gpu"});
  join("w2", {});
  const auto add = [&](const std::string& id, Millis takes, const std::vector<std::string>& wants) {
    TaskSpec spec = task_spec(id);
    spec.estimate_ms = takes;
    spec.capabilities = wants;
    test.add(spec);
  };
  add("plain", 300'000, {});
  add("rare", 240'000, {"gpu"});
  EXPECT_EQ(
      why_worker(test.pool, "w1", test.now).summary,
      "w1 is offered rare: only w1 can do it, and has 6m 30s of work waiting "
      "(for the next, plain, it is 2m 30s)"
  );
}

TEST(WhyWorker, TellsThatTheOrderWasWorkedOutAhead) {
  TestPool test;
  test.join("w1");
  test.join("w2");
  int added = 0;
  for (const Millis takes : {3, 3, 2, 2, 2}) {
    TaskSpec spec = task_spec(fmt::format("t{}", ++added));
    spec.estimate_ms = takes * minute;
    test.add(spec);
  }
  test.claim("t1", "w1");
  test.pool.look_ahead();
  EXPECT_EQ(
      why_worker(test.pool, "w2", test.now).summary,
      "w2 is offered t3: what is left of the plan ends soonest if it begins so"
  );
}

TEST(WhyWorker, PointsToTheTasksThatThereAre) {
  TestPool test;
  test.join("w1");
  test.add("a");
  test.claim("a", "w1");
  const auto remedy = [&] { return why_worker(test.pool, "w2", test.now).remedy; };
  EXPECT_EQ(remedy(), "evener claim --wait 5m, or see: evener list --state running");
  test.add("b", {"a"});
  EXPECT_EQ(remedy(), "evener claim --wait 5m, or see: evener list --state waiting");
}

TEST(WhyWorker, TellsWhyItGetsNothing) {
  TestPool test;
  test.join("w1");
  EXPECT_EQ(
      why_worker(test.pool, "w1", test.now).summary,
      "nothing to claim for w1: the pool has no tasks"
  );
  test.add("a");
  test.add("b");
  test.claim("a", "w1");
  EXPECT_EQ(
      why_worker(test.pool, "w1", test.now).summary, "w1 gets no task: 1 of 1 slots are taken, by a"
  );
  EXPECT_EQ(
      why_worker(test.pool, "stranger", test.now).summary,
      "stranger is offered b: it is the only ready task that it may take"
  );
}

// The order that explains is the order that decides.
TEST(ClaimOrder, AgreesWithWhatClaimsAreOffered) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    TestPool test;
    WorkerSpec spec = worker_spec("w1", {"gpu"});
    spec.role = "builder";
    test.join(spec);
    test.join("w2");
    for (int i = 0; i < 12; ++i) {
      TaskSpec task = task_spec("t" + std::to_string(i));
      task.priority = static_cast<Priority>(random() % 4);
      if (random() % 3 == 0) task.assignee = random() % 2 == 0 ? "w2" : "role:builder";
      if (!task.assignee.empty() && random() % 2 == 0) task.assignee_delay_ms = 5'000;
      if (random() % 4 == 0) task.capabilities = {"gpu"};
      if (random() % 3 == 0) task.estimate_ms = static_cast<Millis>(random() % 100'000);
      if (i > 0 && random() % 4 == 0) task.needs.push_back({"t" + std::to_string(random() % i)});
      test.add(task);
      test.after(static_cast<Millis>(random() % 3'000));
    }
    if (random() % 3 == 0) test.after(test.pool.state().settings.age_limit_ms - 10'000);
    for (const char* name : {"w1", "w2", "stranger"}) {
      const Worker worker = worker_or_newcomer(test.pool.state(), name);
      const Ahead ready = ready_for(test.pool, worker, no_task, 1, test.now);
      const TaskIndex offered = test.pool.ready().best_for(worker, test.now);
      ASSERT_EQ(ready.first.empty() ? no_task : ready.first.front().task, offered)
          << "round " << round << ", " << name;
    }
  }
}

TEST(WhyView, ReadsBackFromItsJson) {
  TestPool test;
  test.join("w1");
  test.add("a");
  const std::string text = to_json_text(why(test, "a", "w1"));
  const Result<WhyView> back = from_json<WhyView>(parse_json(text).value());
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json_text(*back), text);
}

}  // namespace
}  // namespace evener
