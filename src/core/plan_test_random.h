// Small random plans for tests, and what the long way round says of them.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/plan_figures.h"

namespace evener {

inline TaskSpec plan_task(
    std::string id, std::vector<std::string> needs = {}, std::optional<Millis> estimate = {}
) {
  TaskSpec task{.id = std::move(id)};
  for (std::string& need : needs) task.needs.push_back({std::move(need)});
  task.estimate_ms = estimate;
  return task;
}

struct RandomPlan {
  std::vector<TaskSpec> tasks;
  std::vector<PhaseSpec> phases;
};

// A task needs earlier ones. With parents and phases there may be cycles.
template <typename Random>
RandomPlan random_plan(Random& random, bool with_parents) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  RandomPlan plan;
  const std::size_t count = 1 + below(12);
  const std::size_t density = 1 + below(5);
  for (std::size_t i = 0; i < count; ++i) {
    TaskSpec task = plan_task(fmt::format("t{}", i), {}, static_cast<Millis>(below(5)));
    for (std::size_t j = 0; j < i; ++j) {
      if (below(6) < density) task.needs.push_back({fmt::format("t{}", j)});
    }
    plan.tasks.push_back(std::move(task));
  }
  if (!with_parents) return plan;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (below(4) == 0) plan.tasks[i].parent = fmt::format("t{}", i + 1 + below(count - i - 1));
  }
  if (below(2) == 0) {
    plan.phases = {{.id = "p"}, {.id = "q", .after = {"p"}}};
    for (TaskSpec& task : plan.tasks) {
      if (below(3) == 0) task.phase = below(2) == 0 ? "p" : "q";
    }
  }
  return plan;
}

// By Warshall's algorithm: whether a node comes before another.
inline std::vector<std::vector<bool>> all_reached(const PlanGraph& graph) {
  const std::size_t n = graph.node_count();
  std::vector<std::vector<bool>> out(n, std::vector<bool>(n, false));
  for (PlanNode node = 0; node < n; ++node) {
    for (const PlanNode next : graph.after(node)) out[node][next] = true;
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n && out[i][k]; ++j) out[i][j] = out[i][j] || out[k][j];
    }
  }
  return out;
}

}  // namespace evener
