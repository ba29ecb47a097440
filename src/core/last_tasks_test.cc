#include "core/last_tasks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/decide.h"
#include "core/simulation.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant begin = 1'000'000'000;

// Two workers, and five tasks of which longest first takes 7 s, and the best order 6.
class LastTasks : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"w1", "w2"}) note(WorkerRegistered{{.name = name}});
    for (const Millis takes : {3000, 3000, 2000, 2000, 2000}) add(takes);
  }

  TaskSpec spec(Millis takes) {
    TaskSpec task{.id = fmt::format("t{}", pool_.state().tasks.size() + 1)};
    task.estimate_ms = takes;
    return task;
  }

  void add(Millis takes) { note(TaskAdded{.spec = spec(takes)}); }

  void note(FactBody body) {
    pool_.advance(now_);
    pool_.apply(
        {.seq = pool_.state().last.next(),
         .prev = {},
         .at = now_,
         .by = "t",
         .body = std::move(body)}
    );
    pool_.repair(SIZE_MAX);
  }

  // The worker's task, as it would be offered; it begins.
  std::string claim(const std::string& worker) {
    pool_.look_ahead();
    const Decision decision =
        decide_command(pool_, {"t", Scope::operate}, Claim{.worker = worker}, {now_, now_});
    EXPECT_FALSE(decision.refusal);
    for (const FactBody& fact : decision.facts) note(fact);
    return std::get<TaskClaimed>(decision.facts.back()).task;
  }

  void finish(const std::string& id) {
    const Task& task = pool_.state().task(pool_.state().find_task(id));
    AttemptFinished finished;
    finished.task = id;
    finished.worker = pool_.state().worker(task.worker).spec.name;
    finished.fence = task.fence;
    note(std::move(finished));
  }

  void edit(const std::string& id, const std::function<void(TaskSpec&)>& change) {
    TaskSpec task = spec_of(pool_.state(), pool_.state().find_task(id));
    change(task);
    note(TaskEdited{.spec = std::move(task)});
  }

  std::size_t advised() {
    pool_.look_ahead();
    return pool_.ready().advice().size();
  }

  Pool pool_;
  Instant now_ = begin;
};

TEST_F(LastTasks, AreBegunSoThatAllEndSoonest) {
  EXPECT_EQ(claim("w1"), "t1");
  EXPECT_EQ(claim("w2"), "t3") << "not t2, which is longer";
  now_ += 2000;
  finish("t3");
  EXPECT_EQ(claim("w2"), "t4");
  now_ += 1000;
  finish("t1");
  EXPECT_EQ(claim("w1"), "t2");
}

TEST_F(LastTasks, AreWorkedOutAnewForWhatRuns) {
  claim("w1");
  claim("w2");
  now_ += 2000;
  finish("t3");
  add(1000);
  EXPECT_EQ(advised(), 4U);
  EXPECT_EQ(claim("w2"), "t2");
}

TEST_F(LastTasks, FollowTheUsualOrderWhereMoreThanDurationsCounts) {
  const auto is_advised_with = [&](const std::function<void(TaskSpec&)>& change) {
    const TaskSpec before = spec_of(pool_.state(), TaskIndex{2});
    edit("t3", change);
    const bool is_advised = advised() > 0;
    edit("t3", [&](TaskSpec& task) { task = before; });
    EXPECT_EQ(advised(), 5U);
    return is_advised;
  };
  EXPECT_FALSE(is_advised_with([](TaskSpec& task) { task.locks = {"shared:db"}; }));
  EXPECT_FALSE(is_advised_with([](TaskSpec& task) { task.assignee = "w1"; }));
  EXPECT_FALSE(is_advised_with([](TaskSpec& task) { task.priority = Priority::high; }));
  EXPECT_FALSE(is_advised_with([](TaskSpec& task) { task.capabilities = {"gpu"}; }));
  EXPECT_FALSE(is_advised_with([](TaskSpec& task) { task.estimate_ms.reset(); }));
  EXPECT_FALSE(is_advised_with([](TaskSpec& task) { task.parent = "t1"; }));
  note(WorkerRegistered{{.name = "w3", .capabilities = {"gpu"}}});
  EXPECT_EQ(advised(), 0U) << "workers differ";
}

TEST_F(LastTasks, AreTwelveThatNeedNothing) {
  PlanRest rest;
  rest.idle = 1;
  for (std::uint32_t i = 0; i < 12; ++i) {
    rest.tasks.push_back(TaskIndex{i});
    rest.durations.push_back(i);
    rest.needs.push_back(0);
    rest.wishes.emplace_back();
  }
  EXPECT_EQ(order_of_last_tasks(rest).size(), 12U);
  rest.needs.back() = 1;
  EXPECT_THAT(order_of_last_tasks(rest), IsEmpty());
  rest.needs.back() = 0;
  rest.tasks.push_back(TaskIndex{12});
  rest.durations.push_back(12);
  rest.needs.push_back(0);
  EXPECT_THAT(order_of_last_tasks(rest), IsEmpty());
}

// So that a pool in which much happens at once does not spend its time on looking ahead.
TEST_F(LastTasks, ThatAreNotTheLastAreLookedAtOnlyNowAndThen) {
  for (int i = 0; i < 10; ++i) add(2000);
  EXPECT_EQ(advised(), 15U);
  add(2000);
  EXPECT_EQ(advised(), 0U);
  now_ += 100;
  add(2000);
  EXPECT_EQ(advised(), 17U);
}

TEST_F(LastTasks, TrustEstimatesUntilThreeShowThatTheyAreWrong) {
  const auto play = [&](double factor) {
    for (int i = 0; i < 3; ++i) {
      const std::string id = claim("w1");
      const Millis estimate = pool_.state().task(pool_.state().find_task(id)).estimate;
      now_ += static_cast<Millis>(static_cast<double>(estimate) * factor);
      finish(id);
    }
    for (const Millis takes : {3000, 3000, 2000}) add(takes);
  };
  play(1.05);
  EXPECT_EQ(advised(), 5U);
  play(1.5);
  EXPECT_EQ(advised(), 0U);
}

TEST_F(LastTasks, AreOfferedOnlyToWhoMayTakeThem) {
  for (const char* id : {"t1", "t2", "t3", "t4", "t5"}) {
    edit(id, [](TaskSpec& task) { task.capabilities = {"gpu"}; });
  }
  for (const char* name : {"w1", "w2"}) {
    note(WorkerRegistered{{.name = name, .capabilities = {"gpu"}}});
  }
  EXPECT_EQ(advised(), 5U);
  Worker stranger;
  stranger.capabilities = CapabilitySet{0};
  EXPECT_EQ(pool_.ready().best_for(stranger, now_), no_task);
}

TEST_F(LastTasks, GiveWayToWhatHasWaitedTooLong) {
  add(2500);
  now_ += pool_.state().settings.age_limit_ms;
  EXPECT_EQ(claim("w1"), "t1");
  EXPECT_EQ(claim("w2"), "t2");
}

TEST_F(LastTasks, AreAdvisedNoMoreOnceAnotherIsReady) {
  EXPECT_EQ(advised(), 5U);
  add(1000);
  EXPECT_THAT(pool_.ready().advice(), IsEmpty());
}

TEST(LastTasksSimulated, EndSoonest) {
  SimulatedPlan plan;
  plan.workers = {{.name = "w1"}, {.name = "w2"}};
  for (const Millis takes : {3000, 3000, 2000, 2000, 2000}) {
    TaskSpec task{.id = fmt::format("t{}", plan.tasks.size())};
    task.estimate_ms = takes;
    plan.tasks.push_back(std::move(task));
    plan.durations.push_back({.any = takes});
  }
  EXPECT_EQ(simulate(plan)->makespan_ms, 6000);
  plan.order = SimulationOrder::path;
  EXPECT_EQ(simulate(plan)->makespan_ms, 7000);
}

}  // namespace
}  // namespace evener
