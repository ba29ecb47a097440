#include "core/plan_search.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/seeded.h"
#include "core/simulation.h"

namespace evener {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

constexpr std::size_t enough_steps = 1'000'000;

PlanRest rest_of(std::vector<Millis> durations, std::size_t idle) {
  PlanRest rest{.durations = std::move(durations), .idle = idle};
  rest.wishes.resize(rest.durations.size());
  for (std::uint32_t i = 0; i < rest.durations.size(); ++i) rest.tasks.push_back(TaskIndex{i});
  rest.followers.resize(rest.tasks.size());
  rest.needs.resize(rest.tasks.size());
  return rest;
}

void follow(PlanRest& rest, std::uint32_t first, std::uint32_t next) {
  rest.followers[first].push_back(next);
  ++rest.needs[next];
}

// Each task needs each of the twelve before it by chance.
SimulatedPlan graph_of(std::uint64_t seed, double off) {
  SeededNumbers numbers(seed);
  SimulatedPlan plan;
  plan.workers = {{.name = "w1"}, {.name = "w2"}, {.name = "w3"}};
  for (int i = 0; i < 50; ++i) {
    TaskSpec task{.id = fmt::format("t{}", i)};
    for (int before = std::max(0, i - 12); before < i; ++before) {
      if (numbers.below(6) == 0) task.needs.push_back({fmt::format("t{}", before), Until::done});
    }
    const auto takes = static_cast<Millis>(1000 + numbers.below(10'000));
    task.estimate_ms = takes + static_cast<Millis>(static_cast<double>(takes) * off * (i % 3 - 1));
    plan.tasks.push_back(std::move(task));
    plan.durations.push_back({.any = takes});
  }
  return plan;
}

TEST(PlanSearch, BeginsEveryTaskOnceAndNoneBeforeWhatItNeeds) {
  PlanRest rest = rest_of({5, 4, 3, 2, 1, 6}, 2);
  follow(rest, 4, 5);
  follow(rest, 3, 0);
  const std::vector<TaskIndex> order = order_of_plan(rest, enough_steps);
  EXPECT_THAT(order, UnorderedElementsAreArray(rest.tasks));
  const auto at = [&](std::uint32_t task) {
    return std::find(order.begin(), order.end(), TaskIndex{task}) - order.begin();
  };
  EXPECT_LT(at(4), at(5));
  EXPECT_LT(at(3), at(0));
}

TEST(PlanSearch, FollowsTheLongestPathWhereThatIsBest) {
  PlanRest rest = rest_of({1, 2, 3}, 1);
  follow(rest, 0, 2);
  EXPECT_THAT(
      order_of_plan(rest, enough_steps),
      testing::ElementsAre(TaskIndex{0}, TaskIndex{2}, TaskIndex{1})
  );
}

TEST(PlanSearch, WaitsForWhatRuns) {
  PlanRest rest = rest_of({2, 2}, 0);
  rest.running = {{.ends = 3, .followers = {0}}, {.ends = 1}};
  rest.needs[0] = 1;
  EXPECT_THAT(order_of_plan(rest, enough_steps), testing::ElementsAre(TaskIndex{1}, TaskIndex{0}));
}

// Of four units two are held by what runs, so that what wants three waits, and others go before it.
TEST(PlanSearch, BeginsNothingWhoseResourcesAreNotFree) {
  PlanRest rest = rest_of({9, 2, 1}, 3);
  rest.capacity = {4};
  rest.free = {2};
  rest.wishes = {{{0, 3}}, {{0, 1}}, {{0, 1}}};
  rest.running = {{.ends = 3, .holds = {{0, 2}}}};
  EXPECT_THAT(
      order_of_plan(rest, enough_steps),
      testing::ElementsAre(TaskIndex{1}, TaskIndex{2}, TaskIndex{0})
  );
}

// Longest first, the long ones run side by side, and nothing is left to fill the unit beside a wide
// one: 6.1 + 3 x 6 + 2 x 5.9. Best is a long one beside each wide one: 3 x 6.1 + 2 x 5.9.
TEST(PlanSearch, FindsOrdersThatFillResourcesBetter) {
  SimulatedPlan plan;
  plan.settings.resources = {"rig=4"};
  const auto add = [&](const std::string& id, Millis takes, const std::string& lock) {
    TaskSpec task{.id = id};
    task.estimate_ms = takes;
    task.locks = {lock};
    plan.tasks.push_back(std::move(task));
    plan.durations.push_back({.any = takes});
  };
  for (int i = 0; i < 5; ++i) plan.workers.push_back({.name = std::string(1, char('a' + i))});
  for (int i = 0; i < 3; ++i) add("wide-" + std::to_string(i), 6000, "rig*3");
  for (int i = 0; i < 3; ++i) add("long-" + std::to_string(i), 6100, "rig*1");
  for (int i = 0; i < 4; ++i) add("half-" + std::to_string(i), 5900, "rig*2");
  const Simulation run = *simulate(plan);
  plan.order = SimulationOrder::path;
  EXPECT_EQ(simulate(plan)->makespan_ms, 35'900);
  EXPECT_EQ(run.makespan_ms, 30'100);
  EXPECT_TRUE(run.never_started.empty());
}

TEST(PlanSearch, GivesNothingIfItMayNotPlayTwoOrders) {
  EXPECT_THAT(order_of_plan(rest_of({3, 2, 1}, 1), 5), IsEmpty());
}

TEST(PlanSearch, ShortensPlansWhoseDurationsAreKnown) {
  Millis by_pool = 0;
  Millis by_path = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedPlan plan = graph_of(seed, 0);
    const Simulation run = *simulate(plan);
    by_pool += run.makespan_ms;
    EXPECT_EQ(simulate(plan)->attempts, run.attempts);
    plan.order = SimulationOrder::path;
    const Simulation other = *simulate(plan);
    by_path += other.makespan_ms;
    EXPECT_LE(run.makespan_ms * 1000, other.makespan_ms * 1005) << seed;
  }
  EXPECT_LT(by_pool, by_path);
}

TEST(PlanSearch, KeepsGrahamsBoundWhereEstimatesAreWrong) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const SimulatedPlan plan = graph_of(seed, 0.9);
    const Simulation run = *simulate(plan);
    ASSERT_EQ(run.attempts.size(), plan.tasks.size());
    const auto workers = static_cast<Millis>(plan.workers.size());
    EXPECT_LE(run.makespan_ms * workers, run.sequential_ms + (workers - 1) * run.lower_bound_ms);
  }
}

}  // namespace
}  // namespace evener
