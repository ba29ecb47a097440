#include "core/simulation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "base/seeded.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void add_simulated(
    SimulatedPlan& plan,
    const std::string& id,
    Millis takes,
    const std::vector<std::string>& needs = {}
) {
  TaskSpec task{.id = id};
  task.estimate_ms = takes;
  for (const std::string& need : needs) task.needs.push_back({need, Until::done});
  plan.tasks.push_back(std::move(task));
  plan.durations.push_back({.any = takes});
}

void add_simulated_workers(SimulatedPlan& plan, int count) {
  for (int i = 1; i <= count; ++i) plan.workers.push_back({.name = fmt::format("w{}", i)});
}

Simulation simulated(const SimulatedPlan& plan) {
  Result<Simulation> result = simulate(plan);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().text());
  return result.ok() ? std::move(*result) : Simulation{};
}

// A graph as the Standard Task Graph set's: each task needs each older one by chance.
SimulatedPlan random_graph(std::uint64_t seed, int tasks, int workers) {
  constexpr std::uint64_t longest = 10'000;
  SeededNumbers numbers(seed);
  SimulatedPlan plan;
  for (int i = 0; i < tasks; ++i) {
    std::vector<std::string> needs;
    for (int before = std::max(0, i - 12); before < i; ++before) {
      if (numbers.below(6) == 0) needs.push_back(fmt::format("t{}", before));
    }
    add_simulated(
        plan, fmt::format("t{}", i), static_cast<Millis>(1 + numbers.below(longest)), needs
    );
    plan.chances.push_back(numbers.next());
  }
  add_simulated_workers(plan, workers);
  return plan;
}

TEST(Simulation, StartsTheLongestPathFirst) {
  SimulatedPlan plan;
  add_simulated(plan, "short", 1000);
  add_simulated(plan, "first", 1000);
  add_simulated(plan, "second", 3000, {"first"});
  add_simulated_workers(plan, 1);
  const Simulation run = simulated(plan);
  EXPECT_THAT(
      run.attempts,
      ElementsAre(
          SimulatedAttempt{"first", "w1", 0, 1000},
          SimulatedAttempt{"second", "w1", 1000, 4000},
          SimulatedAttempt{"short", "w1", 4000, 5000}
      )
  );
  EXPECT_EQ(run.makespan_ms, 5000);
  EXPECT_EQ(run.lower_bound_ms, 5000);
  EXPECT_EQ(run.ratio_ppm, 1'000'000);
}

TEST(Simulation, TakesOfEqualPathsTheOneThatMoreNeed) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000);
  add_simulated(plan, "b", 1000);
  add_simulated(plan, "c", 1000, {"a", "b"});
  add_simulated(plan, "d", 1000, {"b"});
  add_simulated_workers(plan, 1);
  EXPECT_EQ(simulated(plan).attempts.front().task, "b");
}

TEST(Simulation, CountsAllThatEndsAtAnInstantBeforeAnybodyAsks) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000);
  add_simulated(plan, "b", 1000);
  add_simulated(plan, "minor", 500, {"a"});
  add_simulated(plan, "major", 2000, {"b"});
  add_simulated_workers(plan, 2);
  const Simulation run = simulated(plan);
  EXPECT_EQ(run.attempts[2], (SimulatedAttempt{"major", "w1", 1000, 3000}));
}

TEST(Simulation, TakesAsLongAsTheWorkerDoes) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000);
  plan.tasks.back().capabilities = {"gpu"};
  add_simulated_workers(plan, 2);
  plan.workers.back().capabilities = {"gpu"};
  plan.durations.back().by_worker = {1000, 7000};
  const Simulation run = simulated(plan);
  EXPECT_THAT(run.attempts, ElementsAre(SimulatedAttempt{"a", "w2", 0, 7000}));
  EXPECT_EQ(run.lower_bound_ms, 7000) << "only w2 may do it";
}

TEST(Simulation, OffersWhatALostWorkerHeldOnceItsLeaseHasLapsed) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 10'000);
  add_simulated(plan, "b", 4000);
  add_simulated_workers(plan, 2);
  plan.changes = {{.worker = 0, .at_ms = 3000}};
  plan.lease_ms = 2000;
  for (const SimulationOrder order : {SimulationOrder::pool, SimulationOrder::path}) {
    plan.order = order;
    EXPECT_THAT(
        simulated(plan).attempts,
        ElementsAre(
            SimulatedAttempt{"a", "w1", 0, 3000, true},
            SimulatedAttempt{"b", "w2", 0, 4000},
            SimulatedAttempt{"a", "w2", 5000, 15'000}
        )
    );
  }
  EXPECT_EQ(simulated(plan).makespan_ms, 15'000);
  EXPECT_EQ(simulated(plan).workers[0].busy_ms, 3000);
  EXPECT_EQ(simulated(plan).workers[0].tasks, 0);
}

TEST(Simulation, GivesNothingToAWorkerThatHasNotCome) {
  SimulatedPlan plan;
  for (const char* id : {"a", "b", "c"}) add_simulated(plan, id, 4000);
  add_simulated_workers(plan, 2);
  plan.changes = {{.worker = 1, .at_ms = 1000, .comes = true}};
  EXPECT_THAT(
      simulated(plan).attempts,
      ElementsAre(
          SimulatedAttempt{"a", "w1", 0, 4000},
          SimulatedAttempt{"b", "w2", 1000, 5000},
          SimulatedAttempt{"c", "w1", 4000, 8000}
      )
  );
}

TEST(Simulation, TellsWhatNobodyIsLeftToDo) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000);
  add_simulated(plan, "b", 1000, {"a"});
  add_simulated_workers(plan, 1);
  plan.changes = {{.worker = 0, .at_ms = 500}};
  plan.lease_ms = 100;
  const Simulation run = simulated(plan);
  EXPECT_EQ(run.makespan_ms, 0);
  ASSERT_EQ(run.never_started.size(), 2U);
  EXPECT_EQ(run.never_started[0].why, "every worker that could was lost");
}

TEST(Simulation, RunsWhatSharesALockOneAfterAnother) {
  SimulatedPlan plan;
  for (const char* id : {"a", "b", "c"}) {
    add_simulated(plan, id, 1000);
    plan.tasks.back().locks = {"gpu*2"};
  }
  plan.settings.resources = {"gpu=5"};
  add_simulated_workers(plan, 3);
  const Simulation run = simulated(plan);
  EXPECT_EQ(run.makespan_ms, 2000);
  EXPECT_EQ(run.lower_bound_ms, 1200);
  EXPECT_EQ(run.lower_bound_by, "the lock gpu");
}

TEST(Simulation, BoundsTheWorkOfFewByWhatComesBeforeIt) {
  SimulatedPlan plan;
  add_simulated(plan, "first", 1000);
  for (const char* id : {"a", "b", "c"}) add_simulated(plan, id, 2000, {"first"});
  add_simulated_workers(plan, 2);
  const Simulation run = simulated(plan);
  EXPECT_EQ(run.makespan_ms, 5000);
  EXPECT_EQ(run.lower_bound_ms, 4000);
  EXPECT_EQ(run.lower_bound_by, "the work of 2 workers");
}

TEST(Simulation, TellsWhatCouldNeverStart) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000);
  plan.tasks.back().capabilities = {"gpu"};
  add_simulated(plan, "b", 1000, {"a"});
  add_simulated_workers(plan, 1);
  const Simulation run = simulated(plan);
  ASSERT_EQ(run.never_started.size(), 2U);
  EXPECT_EQ(run.never_started[0].task, "a");
  EXPECT_EQ(run.ratio_ppm, 0);
}

TEST(Simulation, TakesSubtasksBeforeTheirParentAndPhasesInTurn) {
  SimulatedPlan plan;
  add_simulated(plan, "parent", 1000);
  add_simulated(plan, "child", 1000);
  plan.tasks.back().parent = "parent";
  add_simulated(plan, "later", 9000);
  plan.tasks[0].phase = plan.tasks[1].phase = "one";
  plan.tasks[2].phase = "two";
  plan.phases = {{.id = "one", .approver = "role:lead"}, {.id = "two", .after = {"one"}}};
  add_simulated_workers(plan, 2);
  const Simulation run = simulated(plan);
  EXPECT_EQ(run.attempts.front().task, "child");
  EXPECT_EQ(run.attempts.back(), (SimulatedAttempt{"later", "w1", 2000, 11'000}));
}

constexpr std::array every_order{
    SimulationOrder::pool,
    SimulationOrder::fifo,
    SimulationOrder::random,
    SimulationOrder::hops,
    SimulationOrder::path
};

// Two phases, of which the later one is described first, with a task of 1 s each.
SimulatedPlan two_phases() {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000);
  add_simulated(plan, "b", 1000);
  plan.tasks[0].phase = "one";
  plan.tasks[1].phase = "two";
  plan.chances = {2, 1};
  plan.phases = {{.id = "two", .after = {"one"}}, {.id = "one", .approver = "role:lead"}};
  add_simulated_workers(plan, 1);
  return plan;
}

TEST(Simulation, BeginsPhasesInTurnInEveryOrder) {
  SimulatedPlan plan = two_phases();
  for (const SimulationOrder order : every_order) {
    plan.order = order;
    EXPECT_THAT(
        simulated(plan).attempts,
        ElementsAre(SimulatedAttempt{"a", "w1", 0, 1000}, SimulatedAttempt{"b", "w1", 1000, 2000})
    );
  }
}

TEST(Simulation, DoesWithoutAnAssigneeOnceItsDelayIsOverInEveryOrder) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000);
  plan.tasks[0].assignee = "nobody";
  plan.tasks[0].assignee_delay_ms = 20'000;
  plan.chances = {1};
  add_simulated_workers(plan, 1);
  for (const SimulationOrder order : every_order) {
    plan.order = order;
    EXPECT_THAT(simulated(plan).attempts, ElementsAre(SimulatedAttempt{"a", "w1", 20'000, 21'000}));
  }
}

TEST(Simulation, BoundsChainsThroughPhasesAndGates) {
  SimulatedPlan plan = two_phases();
  plan.workers.push_back({.name = "w2"});
  EXPECT_EQ(simulated(plan).lower_bound_ms, 2000);
  EXPECT_EQ(simulated(plan).lower_bound_by, "the longest chain");
  add_simulated(plan, "joined", 5000);
  add_simulated(plan, "parent", 100);
  plan.tasks.back().phase = "two";
  add_simulated(plan, "child", 4000);
  plan.tasks.back().parent = "parent";
  plan.gates = {{.id = "join", .tasks = {"joined"}, .approver = "role:lead"}};
  plan.phases[1].after = {"join"};
  const Simulation run = simulated(plan);
  EXPECT_EQ(run.lower_bound_ms, 5000 + 1000 + 4000 + 100);
  EXPECT_EQ(run.lower_bound_by, "the longest chain");
  EXPECT_EQ(run.ratio_ppm, 1'000'000);
}

TEST(Simulation, TellsWhatItsPhaseKeepsForEver) {
  SimulatedPlan plan = two_phases();
  plan.tasks[0].needs.push_back({"b"});
  const Simulation run = simulated(plan);
  ASSERT_EQ(run.never_started.size(), 2U);
  EXPECT_TRUE(run.attempts.empty());
  EXPECT_THAT(run.never_started[0].why + run.never_started[1].why, HasSubstr("comes after one"));
}

TEST(Simulation, FailsWherePhasesComeAfterOneAnotherOrAfterNone) {
  SimulatedPlan plan = two_phases();
  plan.phases[1].after = {"two"};
  EXPECT_EQ(simulate(plan).error().code, "cycle");
  plan.phases[1].after = {"three"};
  EXPECT_EQ(simulate(plan).error().code, "unknown_gate");
}

TEST(Simulation, TellsWhoIsLostFromWhoIsMissing) {
  SimulatedPlan plan;
  for (const char* const id : {"mine", "theirs", "lock"}) add_simulated(plan, id, 1000);
  plan.tasks[0].assignee = "w1";
  plan.tasks[1].assignee = "nobody";
  plan.tasks[2].kind = "lock";
  plan.chances = {1, 2, 3};
  plan.changes = {{.worker = 0, .at_ms = 500}};
  add_simulated_workers(plan, 2);
  for (const SimulationOrder order : every_order) {
    plan.order = order;
    const Simulation run = simulated(plan);
    ASSERT_EQ(run.never_started.size(), 3U);
    std::map<std::string, std::string> why;
    for (const NeverStarted& task : run.never_started) why[task.task] = task.why;
    EXPECT_EQ(why["mine"], "every worker that could was lost");
    EXPECT_EQ(why["theirs"], "no worker that could is nobody");
    EXPECT_EQ(why["lock"], "it is a lock, which is claimed by its name alone");
  }
}

TEST(Simulation, FailsWhereThePoolWouldRefuse) {
  SimulatedPlan plan;
  add_simulated(plan, "a", 1000, {"b"});
  add_simulated(plan, "b", 1000, {"a"});
  add_simulated_workers(plan, 1);
  const Result<Simulation> run = simulate(plan);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, "cycle");
}

// Graham, "Bounds on multiprocessing timing anomalies", 1969: whoever never leaves a worker idle
// while a task is ready needs at most 2 - 1/m times the best.
TEST(Simulation, KeepsGrahamsBoundInEveryOrderAndIsDeterministic) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const int workers = static_cast<int>(1 + seed % 5);
    SimulatedPlan plan = random_graph(seed, 60, workers);
    for (const std::string_view name : EnumNames<SimulationOrder>::names) {
      plan.order = *enum_of<SimulationOrder>(name);
      const Simulation run = simulated(plan);
      ASSERT_EQ(run.attempts.size(), plan.tasks.size());
      EXPECT_THAT(run.never_started, IsEmpty());
      EXPECT_GE(run.makespan_ms, run.lower_bound_ms);
      // The mean work and the longest chain, from which his bound follows, are at most the bound.
      EXPECT_LE(run.makespan_ms * workers, run.sequential_ms + (workers - 1) * run.lower_bound_ms)
          << name << " of seed " << seed;
      EXPECT_EQ(simulated(plan).attempts, run.attempts) << name << " of seed " << seed;
    }
  }
}

TEST(Simulation, ThePoolsOrderIsShorterThanChanceOnRandomGraphs) {
  Millis by_pool = 0;
  Millis by_chance = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SimulatedPlan plan = random_graph(seed, 60, 4);
    by_pool += simulated(plan).makespan_ms;
    plan.order = SimulationOrder::random;
    by_chance += simulated(plan).makespan_ms;
  }
  EXPECT_LT(by_pool * 100, by_chance * 99);
}

TEST(Simulation, ComparesWithOrdersThatKnowLess) {
  SimulatedPlan plan;
  add_simulated(plan, "old", 1000);
  add_simulated(plan, "long", 5000);
  add_simulated(plan, "a", 100);
  add_simulated(plan, "b", 100, {"a"});
  plan.chances = {3, 2, 0, 1};
  add_simulated_workers(plan, 1);
  const auto first_in = [&](SimulationOrder order) {
    plan.order = order;
    return simulated(plan).attempts.front().task;
  };
  EXPECT_EQ(first_in(SimulationOrder::fifo), "old");
  EXPECT_EQ(first_in(SimulationOrder::random), "a");
  EXPECT_EQ(first_in(SimulationOrder::hops), "a");
  EXPECT_EQ(first_in(SimulationOrder::path), "long");
  EXPECT_EQ(first_in(SimulationOrder::pool), "long");
}

}  // namespace
}  // namespace evener
