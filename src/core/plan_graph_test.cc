#include "core/plan_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/plan_reach.h"
#include "core/plan_test_random.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_around(const PlanGraph& graph) {
  std::vector<std::string> out;
  for (const std::vector<PlanNode>& cycle : graph.cycles()) {
    std::string names;
    for (const PlanNode node : cycle) names += graph.name(node) + " ";
    out.push_back(names);
  }
  return out;
}

bool precedes(const PlanGraph& graph, std::string_view a, std::string_view b) {
  const ReachQuery query{graph.find(a), graph.find(b), false};
  return reach(graph, std::span(&query, 1)).front().reached;
}

TEST(PlanGraph, OrdersParentsAfterSubtasksAndTheseAfterItsNeeds) {
  std::vector<TaskSpec> tasks{plan_task("first"), plan_task("whole", {"first"}), plan_task("part")};
  tasks[2].parent = "whole";
  const PlanGraph graph(tasks);
  EXPECT_FALSE(graph.has_cycle());
  EXPECT_TRUE(precedes(graph, "first", "part"));
  EXPECT_TRUE(precedes(graph, "part", "whole"));
  EXPECT_FALSE(precedes(graph, "whole", "part"));
}

TEST(PlanGraph, OrdersPhasesAndGates) {
  std::vector<TaskSpec> tasks{plan_task("a"), plan_task("b"), plan_task("c")};
  tasks[0].phase = "one";
  tasks[2].phase = "two";
  const std::vector<PhaseSpec> phases{{.id = "one"}, {.id = "two", .after = {"one", "joined"}}};
  const std::vector<GateSpec> gates{{.id = "joined", .tasks = {"b", "nowhere"}}};
  const PlanGraph graph(tasks, phases, gates);
  EXPECT_TRUE(precedes(graph, "a", "c"));
  EXPECT_TRUE(precedes(graph, "b", "c"));
  EXPECT_FALSE(precedes(graph, "a", "b"));
}

TEST(PlanGraph, NamesACycleForEachGroup) {
  const std::vector<TaskSpec> tasks{
      plan_task("a", {"b"}),
      plan_task("b", {"c"}),
      plan_task("c", {"a"}),
      plan_task("self", {"self"}),
      plan_task("behind", {"a", "free"}),
      plan_task("free")
  };
  const PlanGraph graph(tasks);
  EXPECT_TRUE(graph.has_cycle());
  EXPECT_THAT(names_around(graph), ElementsAre("a b c ", "self "));
}

TEST(PlanGraph, NamesACycleThroughAParentAndThroughAPhase) {
  std::vector<TaskSpec> tasks{plan_task("whole"), plan_task("part", {"whole"})};
  tasks[1].parent = "whole";
  EXPECT_THAT(names_around(PlanGraph(tasks)), ElementsAre("whole part "));
  std::vector<TaskSpec> phased{plan_task("a", {"b"}), plan_task("b")};
  phased[0].phase = "one";
  phased[1].phase = "two";
  const std::vector<PhaseSpec> phases{{.id = "one"}, {.id = "two", .after = {"one"}}};
  EXPECT_EQ(names_around(PlanGraph(phased, phases)).size(), 1U);
}

TEST(PlanGraph, TakesAChainAndARingOfAHundredThousand) {
  constexpr std::size_t count = 100'000;
  std::vector<TaskSpec> tasks{plan_task("t0")};
  for (std::size_t i = 1; i < count; ++i) {
    tasks.push_back(plan_task(fmt::format("t{}", i), {fmt::format("t{}", i - 1)}));
  }
  EXPECT_THAT(PlanGraph(tasks).cycles(), IsEmpty());
  EXPECT_TRUE(precedes(PlanGraph(tasks), "t0", "t99999"));
  tasks[0].needs.push_back({"t99999"});
  const std::vector<std::vector<PlanNode>> cycles = PlanGraph(tasks).cycles();
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_EQ(cycles.front().size(), count);
}

TEST(PlanReach, AnswersAsTheLongWayRoundDoes) {
  std::mt19937 random(7);
  std::size_t asked = 0;
  for (int round = 0; round < 400; ++round) {
    const RandomPlan plan = random_plan(random, round % 2 == 1);
    const PlanGraph graph(plan.tasks, plan.phases);
    if (graph.has_cycle()) continue;
    const auto reached = all_reached(graph);
    std::vector<ReachQuery> queries;
    for (PlanNode a = 0; a < graph.node_count(); ++a) {
      for (PlanNode b = 0; b < graph.node_count(); ++b) {
        queries.push_back({a, b, false});
        queries.push_back({a, b, true});
      }
    }
    const std::vector<ReachAnswer> answers = reach(graph, queries);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const auto [a, b, indirect] = queries[i];
      bool expected = reached[a][b];
      if (indirect) {
        expected = false;
        for (PlanNode via = 0; via < graph.node_count(); ++via) {
          expected = expected || (reached[a][via] && reached[via][b]);
        }
      }
      ASSERT_TRUE(answers[i].known);
      ASSERT_EQ(answers[i].reached, expected) << round << " " << a << " " << b << " " << indirect;
      ++asked;
    }
  }
  EXPECT_GT(asked, 10'000U);
}

TEST(PlanReach, AnswersMoreSourcesThanFitInOneWalk) {
  std::vector<TaskSpec> tasks{plan_task("t0")};
  for (std::size_t i = 1; i < 2000; ++i) {
    tasks.push_back(plan_task(fmt::format("t{}", i), {fmt::format("t{}", i - 1)}));
  }
  const PlanGraph graph(tasks);
  std::vector<ReachQuery> queries;
  for (PlanNode i = 0; i < 2000; ++i) queries.push_back({i, 1999 - i, false});
  const std::vector<ReachAnswer> answers = reach(graph, queries);
  for (PlanNode i = 0; i < 2000; ++i) EXPECT_EQ(answers[i].reached, i < 1999 - i);
}

TEST(PlanReach, SaysWhatItDidNotAnswer) {
  std::vector<TaskSpec> tasks;
  for (std::size_t i = 0; i < 1000; ++i) tasks.push_back(plan_task(fmt::format("t{}", i)));
  const PlanGraph graph(tasks);
  std::vector<ReachQuery> queries;
  for (PlanNode i = 0; i < 999; ++i) queries.push_back({i, i + 1, false});
  const std::vector<ReachAnswer> answers = reach(graph, queries, 1);
  EXPECT_TRUE(answers.front().known);
  EXPECT_FALSE(answers.back().known);
}

TEST(PlanReach, FindsWhatAllOthersComeBeforeOrAfter) {
  std::mt19937 random(11);
  std::size_t found = 0;
  for (int round = 0; round < 400; ++round) {
    const RandomPlan plan = random_plan(random, round % 2 == 1);
    const PlanGraph graph(plan.tasks, plan.phases);
    if (graph.has_cycle()) continue;
    const auto reached = all_reached(graph);
    const std::vector<bool> passes = passes_all(graph);
    for (PlanNode task = 0; task < graph.task_count(); ++task) {
      bool expected = true;
      for (PlanNode other = 0; other < graph.task_count(); ++other) {
        expected = expected && (other == task || reached[task][other] || reached[other][task]);
      }
      ASSERT_EQ(passes[task], expected) << round << " " << task;
      found += expected ? 1 : 0;
    }
  }
  EXPECT_GT(found, 100U);
}

}  // namespace
}  // namespace evener
