// Whether one node of a plan comes, at whatever distance, before another: many such questions at
// once, a few hundred sources side by side as bits along the order of the plan. 100,000 tasks and
// as many questions take about a second.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/plan_graph.h"

namespace evener {

struct ReachQuery {
  PlanNode from = 0;
  PlanNode to = 0;
  bool indirect = false;  // by a way through another node

  bool operator==(const ReachQuery&) const = default;
};

struct ReachAnswer {
  bool known = false;  // false: there were too many to answer all
  bool reached = false;
  PlanNode through = no_node;  // what comes last on such a way, if it was asked for an indirect one
};

inline constexpr std::size_t most_reach_steps = 3'000'000'000;  // words of bits; seconds

// In the order of the queries. The graph has no cycle.
std::vector<ReachAnswer> reach(
    const PlanGraph& graph,
    std::span<const ReachQuery> queries,
    std::size_t most_steps = most_reach_steps
);

// Of each task, whether all other tasks come before it or after it. The graph has no cycle.
std::vector<bool> passes_all(const PlanGraph& graph);

}  // namespace evener
