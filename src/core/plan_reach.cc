#include "core/plan_reach.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace evener {
namespace {

constexpr std::size_t reach_words = 8;
constexpr std::size_t reach_sources = 64 * reach_words;

using SourceBits = std::array<std::uint64_t, reach_words>;

// One walk along the order for the sources of some queries.
class ReachWalk {
 public:
  explicit ReachWalk(const PlanGraph& graph)
      : graph_(graph), place_(graph.node_count()), slot_(graph.node_count(), no_node) {
    const std::vector<PlanNode>& order = graph.order();
    for (std::uint32_t i = 0; i < order.size(); ++i) place_[order[i]] = i;
    ancestors_.resize(order.size());
  }

  std::uint32_t place(PlanNode node) const { return place_[node]; }

  // Takes a source; false if there is no room for another.
  bool take(PlanNode source) {
    if (slot_[source] != no_node) return true;
    if (sources_.size() == reach_sources) return false;
    slot_[source] = static_cast<PlanNode>(sources_.size());
    sources_.push_back(source);
    return true;
  }

  // From the first source to `last`, a place; the words of bits that this touches.
  std::size_t walk(std::uint32_t last) {
    std::size_t edges = 0;
    const std::uint32_t first = first_place();
    for (std::uint32_t at = first; at <= last; ++at) {
      SourceBits bits{};
      for (const PlanNode node : graph_.before(graph_.order()[at])) {
        ++edges;
        if (place_[node] < first) continue;
        const SourceBits& further = ancestors_[place_[node]];
        for (std::size_t w = 0; w < reach_words; ++w) bits[w] |= further[w];
        if (slot_[node] != no_node) bits[slot_[node] / 64] |= std::uint64_t{1} << slot_[node] % 64;
      }
      ancestors_[at] = bits;
    }
    return (edges + (last - first + 1)) * reach_words;
  }

  ReachAnswer answer(const ReachQuery& query) const {
    if (!query.indirect) return {true, comes_before(query.from, query.to), no_node};
    for (const PlanNode node : graph_.before(query.to)) {
      if (comes_before(query.from, node)) return {true, true, node};
    }
    return {true, false, no_node};
  }

  void clear() {
    for (const PlanNode source : sources_) slot_[source] = no_node;
    sources_.clear();
  }

 private:
  std::uint32_t first_place() const {
    std::uint32_t first = UINT32_MAX;
    for (const PlanNode source : sources_) first = std::min(first, place_[source]);
    return first;
  }

  bool comes_before(PlanNode source, PlanNode node) const {
    if (place_[node] <= place_[source]) return false;
    return (ancestors_[place_[node]][slot_[source] / 64] >> slot_[source] % 64 & 1U) != 0;
  }

  const PlanGraph& graph_;
  std::vector<std::uint32_t> place_;   // of a node in the order
  std::vector<PlanNode> slot_;         // of a source among the bits
  std::vector<SourceBits> ancestors_;  // by place: which sources come before
  std::vector<PlanNode> sources_;
};

}  // namespace

std::vector<ReachAnswer> reach(
    const PlanGraph& graph, std::span<const ReachQuery> queries, std::size_t most_steps
) {
  std::vector<ReachAnswer> answers(queries.size());
  if (queries.empty()) return answers;
  ReachWalk walk(graph);
  std::vector<std::size_t> by_source(queries.size());
  std::iota(by_source.begin(), by_source.end(), std::size_t{0});
  std::sort(by_source.begin(), by_source.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(walk.place(queries[a].from), a) < std::pair(walk.place(queries[b].from), b);
  });
  std::size_t steps = 0;
  for (std::size_t begin = 0; begin < by_source.size() && steps < most_steps;) {
    std::size_t end = begin;
    std::uint32_t last = 0;
    while (end < by_source.size() && walk.take(queries[by_source[end]].from)) {
      last = std::max(last, walk.place(queries[by_source[end]].to));
      ++end;
    }
    last = std::max(last, walk.place(queries[by_source[begin]].from));
    steps += walk.walk(last);
    for (std::size_t i = begin; i < end; ++i) {
      const ReachQuery& query = queries[by_source[i]];
      answers[by_source[i]] = walk.answer(query);
      if (query.indirect) steps += graph.before(query.to).size();
    }
    walk.clear();
    begin = end;
  }
  return answers;
}

namespace {

// How many tasks are not yet placed when a task is the only one that could come next: all of these
// then come after it. 0 where another could come next too. Other nodes are placed at once.
template <typename Before, typename After>
std::vector<std::size_t> left_behind(
    const PlanGraph& graph, const Before& before, const After& after
) {
  std::vector<std::size_t> out(graph.task_count(), 0);
  std::vector<std::size_t> open(graph.node_count());
  std::vector<PlanNode> tasks;
  std::vector<PlanNode> others;
  const auto come = [&](PlanNode node) { (graph.is_task(node) ? tasks : others).push_back(node); };
  for (PlanNode node = 0; node < graph.node_count(); ++node) {
    open[node] = before(node).size();
    if (open[node] == 0) come(node);
  }
  std::size_t left = graph.task_count();
  while (!tasks.empty() || !others.empty()) {
    std::vector<PlanNode>& from = others.empty() ? tasks : others;
    const PlanNode node = from.back();
    if (graph.is_task(node)) {
      --left;
      if (tasks.size() == 1) out[node] = left;
    }
    from.pop_back();
    for (const PlanNode next : after(node)) {
      if (--open[next] == 0) come(next);
    }
  }
  return out;
}

}  // namespace

std::vector<bool> passes_all(const PlanGraph& graph) {
  const auto before = [&](PlanNode node) { return graph.before(node); };
  const auto after = [&](PlanNode node) { return graph.after(node); };
  const std::vector<std::size_t> behind = left_behind(graph, before, after);
  const std::vector<std::size_t> ahead = left_behind(graph, after, before);
  std::vector<bool> out(graph.task_count(), false);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = behind[i] + ahead[i] + 1 == graph.task_count();
  }
  return out;
}

}  // namespace evener
