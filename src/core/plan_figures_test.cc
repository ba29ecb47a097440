#include "core/plan_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/plan_test_random.h"

namespace evener {
namespace {

using testing::ElementsAre;

PlanFigures figures_of(const std::vector<TaskSpec>& tasks, std::int64_t workers = 0) {
  return plan_figures(PlanGraph(tasks), PoolSettings{.default_estimate_ms = 10}, workers);
}

TEST(PlanFigures, OfADiamond) {
  const PlanFigures figures = figures_of(
      {plan_task("a", {}, 10),
       plan_task("b", {"a"}, 20),
       plan_task("c", {"a"}, 30),
       plan_task("d", {"b", "c"}, 40)}
  );
  EXPECT_EQ(figures.work_ms, 100);
  EXPECT_EQ(figures.critical_ms, 80);
  EXPECT_THAT(figures.critical, ElementsAre("a", "c", "d"));
  EXPECT_EQ(figures.speed_up_permille, 1250);
  EXPECT_EQ(figures.most_at_once, 2);
  EXPECT_EQ(figures.best_workers, 2);
  EXPECT_THAT(figures.finishes, ElementsAre(PlanFinish{1, 100, 1000}, PlanFinish{2, 80, 1250}));
  ASSERT_EQ(figures.profile.size(), 40U);
  EXPECT_EQ(figures.profile[10], (PlanSlice{20, 2000}));
  EXPECT_EQ(figures.profile[39], (PlanSlice{78, 1000}));
}

TEST(PlanFigures, CountWhatHasNoEstimateButNotParents) {
  std::vector<TaskSpec> tasks{plan_task("whole"), plan_task("part"), plan_task("other", {}, 5)};
  tasks[1].parent = "whole";
  const PlanFigures figures = figures_of(tasks);
  EXPECT_EQ(figures.assumed, 1);
  EXPECT_EQ(figures.work_ms, 15);
}

TEST(PlanFigures, FewestWorkersWithinTwoPercent) {
  std::vector<TaskSpec> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(plan_task(fmt::format("t{}", i), {}, 100));
  tasks.push_back(plan_task("long", {}, 1000));
  const PlanFigures figures = figures_of(tasks);
  EXPECT_EQ(figures.most_at_once, 101);
  EXPECT_EQ(figures.best_workers, 11);
  EXPECT_EQ(figures.best_finish_ms, 1000);
  EXPECT_EQ(figures_of(tasks, 4).best_workers, 4);
}

// A schedule of so many workers takes no less than the work shared and the longest path, and, by
// Graham's bound (1966), no more than their sum.
TEST(PlanFigures, FinishesKeepToTheirBounds) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    const RandomPlan plan = random_plan(random, round % 2 == 1);
    const PlanGraph graph(plan.tasks, plan.phases);
    if (graph.has_cycle()) continue;
    const std::vector<Millis> durations = plan_durations(graph, 10);
    Millis work = 0;
    for (const Millis duration : durations) work += duration;
    const std::vector<Millis> paths = longest_paths(graph, durations);
    const Millis critical = *std::max_element(paths.begin(), paths.end());
    for (std::int64_t workers = 1; workers <= 6; ++workers) {
      const Millis finish = finish_with(graph, durations, workers);
      EXPECT_GE(finish, std::max(critical, (work + workers - 1) / workers));
      EXPECT_LE(finish, work / workers + critical);
    }
    EXPECT_EQ(finish_with(graph, durations, 1), work);
    EXPECT_EQ(finish_with(graph, durations, 100), critical);
  }
}

// The longest of all ways, each walked by itself.
Millis longest_way(const PlanGraph& graph, const std::vector<Millis>& durations, PlanNode from) {
  Millis rest = 0;
  for (const PlanNode next : graph.after(from)) {
    rest = std::max(rest, longest_way(graph, durations, next));
  }
  return durations[from] + rest;
}

TEST(PlanFigures, LongestPathIsTheLongestOfAllWays) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const RandomPlan plan = random_plan(random, round % 2 == 1);
    const PlanGraph graph(plan.tasks, plan.phases);
    if (graph.has_cycle()) continue;
    const PlanFigures figures = plan_figures(graph, PoolSettings{.default_estimate_ms = 10}, 0);
    const std::vector<Millis> durations = plan_durations(graph, 10);
    Millis longest = 0;
    for (PlanNode node = 0; node < graph.node_count(); ++node) {
      longest = std::max(longest, longest_way(graph, durations, node));
    }
    EXPECT_EQ(figures.critical_ms, longest);
    Millis along = 0;
    for (const std::string& id : figures.critical) along += durations[graph.find(id)];
    EXPECT_EQ(along, longest);
    Millis work = 0;
    for (const PlanPart& part : figures.parts) work += part.work_ms;
    EXPECT_EQ(work, figures.work_ms);
  }
}

std::vector<PartShape> shapes_of(const std::vector<TaskSpec>& tasks) {
  std::vector<PartShape> out;
  for (const PlanPart& part : figures_of(tasks).parts) out.push_back(part.shape);
  return out;
}

TEST(PlanParts, HaveShapes) {
  EXPECT_THAT(shapes_of({plan_task("a"), plan_task("b")}), ElementsAre(PartShape::parallel));
  EXPECT_THAT(
      shapes_of({plan_task("a"), plan_task("b", {"a"}), plan_task("c", {"b"}), plan_task("d")}),
      ElementsAre(PartShape::sequential, PartShape::parallel)
  );
  EXPECT_THAT(
      shapes_of(
          {plan_task("front"),
           plan_task("back"),
           plan_task("deploy", {"front", "back"}),
           plan_task("tell", {"deploy"}),
           plan_task("watch", {"deploy"})}
      ),
      ElementsAre(PartShape::pipeline)
  );
  EXPECT_THAT(
      shapes_of({plan_task("a"), plan_task("b"), plan_task("c", {"a"}), plan_task("d", {"a", "b"})}
      ),
      ElementsAre(PartShape::mixed)
  );
}

TEST(PlanParts, ThroughPhasesAreStages) {
  std::vector<TaskSpec> tasks{plan_task("a"), plan_task("b"), plan_task("c"), plan_task("d")};
  for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].phase = i < 2 ? "one" : "two";
  const std::vector<PhaseSpec> phases{{.id = "one"}, {.id = "two", .after = {"one"}}};
  const PlanGraph graph(tasks, phases);
  const std::vector<PlanPart> parts = plan_parts(graph, plan_durations(graph, 10));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].shape, PartShape::pipeline);
  EXPECT_EQ(parts[0].critical_ms, 20);
}

// Stages as their definition says: every task after every task of the stage before.
TEST(PlanParts, ArePipelinesAsTheLongWayRoundSays) {
  std::mt19937 random(13);
  std::size_t pipelines = 0;
  for (int round = 0; round < 2000; ++round) {
    const RandomPlan plan = random_plan(random, round % 2 == 1);
    const PlanGraph graph(plan.tasks, plan.phases);
    if (graph.has_cycle()) continue;
    const std::vector<PlanPart> parts = plan_parts(graph, plan_durations(graph, 10));
    if (parts.size() != 1 || graph.task_count() == 1) continue;
    const auto reached = all_reached(graph);
    std::vector<std::size_t> stage(graph.task_count(), 1);
    for (const PlanNode node : graph.order()) {
      for (PlanNode before = 0; before < graph.task_count() && graph.is_task(node); ++before) {
        if (reached[before][node]) stage[node] = std::max(stage[node], stage[before] + 1);
      }
    }
    const std::size_t last = *std::max_element(stage.begin(), stage.end());
    bool in_stages = true;
    for (PlanNode a = 0; a < graph.task_count(); ++a) {
      for (PlanNode b = 0; b < graph.task_count(); ++b) {
        in_stages = in_stages && (stage[a] + 1 != stage[b] || reached[a][b]);
      }
    }
    const PartShape expected = last == graph.task_count() ? PartShape::sequential
                               : last == 1                ? PartShape::parallel
                               : in_stages                ? PartShape::pipeline
                                                          : PartShape::mixed;
    EXPECT_EQ(parts[0].shape, expected) << round;
    pipelines += expected == PartShape::pipeline ? 1 : 0;
  }
  EXPECT_GT(pipelines, 20U);
}

}  // namespace
}  // namespace evener
