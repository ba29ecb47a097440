// What of a plan hangs together, and in which shape.
#include <algorithm>
#include <map>
#include <numeric>

#include "core/plan_figures.h"

namespace evener {
namespace {

// Nodes that hang together, by union and find.
class PartFinder {
 public:
  explicit PartFinder(const PlanGraph& graph) : above_(graph.node_count()) {
    std::iota(above_.begin(), above_.end(), PlanNode{0});
    for (PlanNode node = 0; node < graph.node_count(); ++node) {
      for (const PlanNode next : graph.after(node)) above_[find(next)] = find(node);
    }
  }

  PlanNode find(PlanNode node) {
    while (above_[node] != node) node = above_[node] = above_[above_[node]];
    return node;
  }

 private:
  std::vector<PlanNode> above_;
};

// How many tasks stand, at most, on a way to each node, the node included if it is a task.
std::vector<std::uint32_t> stages_of(const PlanGraph& graph) {
  std::vector<std::uint32_t> stages(graph.node_count(), 0);
  for (const PlanNode node : graph.order()) {
    if (graph.is_task(node)) ++stages[node];
    for (const PlanNode next : graph.after(node)) {
      stages[next] = std::max(stages[next], stages[node]);
    }
  }
  return stages;
}

// How many tasks of a part stand at each stage, from 1.
using StageSizes = std::vector<std::size_t>;

// Whether nodes come after all tasks of the stage before them. Tasks of neighbouring stages can
// only be joined directly, or through nodes that are no tasks; what these cover is remembered.
class Stages {
 public:
  Stages(const PlanGraph& graph, const std::vector<std::uint32_t>& stages)
      : graph_(graph), stages_(stages), covers_(graph.node_count(), 0), mark_(graph.node_count()) {}

  // A node that is no task; those before it were learned.
  void learn(PlanNode helper, const StageSizes& sizes) {
    const std::uint32_t stage = stages_[helper];
    if (stage > 0 && comes_after_all(helper, stage, sizes)) covers_[helper] = stage;
  }

  bool follow_each_other(const std::vector<PlanNode>& tasks, const StageSizes& sizes) {
    return std::all_of(tasks.begin(), tasks.end(), [&](PlanNode task) {
      return stages_[task] == 1 || comes_after_all(task, stages_[task] - 1, sizes);
    });
  }

 private:
  static constexpr std::size_t most_steps = 50'000'000;  // beyond: it is not said to be so

  bool comes_after_all(PlanNode node, std::uint32_t stage, const StageSizes& sizes) {
    ++round_;
    std::size_t found = 0;
    std::vector<PlanNode> left{node};
    while (!left.empty() && steps_ < most_steps) {
      const PlanNode at = left.back();
      left.pop_back();
      steps_ += graph_.before(at).size();
      for (const PlanNode before : graph_.before(at)) {
        if (mark_[before] == round_ || stages_[before] < stage) continue;
        if (covers_[before] == stage) return true;
        mark_[before] = round_;
        if (graph_.is_task(before)) {
          ++found;
        } else {
          left.push_back(before);
        }
      }
    }
    return found == sizes[stage];
  }

  const PlanGraph& graph_;
  const std::vector<std::uint32_t>& stages_;
  std::vector<std::uint32_t> covers_;  // the stage of which all tasks are known to come before
  std::vector<std::uint32_t> mark_;
  std::uint32_t round_ = 0;
  std::size_t steps_ = 0;
};

struct FoundPart {
  std::vector<PlanNode> tasks = {};
  StageSizes sizes = {0};
};

PartShape shape_of(const FoundPart& part, Stages& stages) {
  const std::size_t last = part.sizes.size() - 1;
  if (last == part.tasks.size()) return PartShape::sequential;
  if (last == 1) return PartShape::parallel;
  return stages.follow_each_other(part.tasks, part.sizes) ? PartShape::pipeline : PartShape::mixed;
}

}  // namespace

std::vector<PlanPart> plan_parts(const PlanGraph& graph, const std::vector<Millis>& durations) {
  PartFinder finder(graph);
  const std::vector<std::uint32_t> stage_of = stages_of(graph);
  std::map<PlanNode, FoundPart> members;
  for (PlanNode task = 0; task < graph.task_count(); ++task) {
    FoundPart& part = members[finder.find(task)];
    part.tasks.push_back(task);
    if (part.sizes.size() <= stage_of[task]) part.sizes.resize(stage_of[task] + 1, 0);
    ++part.sizes[stage_of[task]];
  }
  Stages stages(graph, stage_of);
  for (const PlanNode node : graph.order()) {
    if (!graph.is_task(node) && stage_of[node] > 0) {
      stages.learn(node, members.at(finder.find(node)).sizes);
    }
  }
  const std::vector<Millis> paths = longest_paths(graph, durations);
  std::vector<PlanPart> parts;
  PlanPart alone{.shape = PartShape::parallel};
  const auto add = [&](PlanPart& part, PlanNode task) {
    if (part.tasks++ == 0) part.first = graph.name(task);
    part.work_ms += durations[task];
    part.critical_ms = std::max(part.critical_ms, paths[task]);
  };
  for (const auto& [root, part] : members) {
    if (part.tasks.size() == 1) {
      add(alone, part.tasks.front());
      continue;
    }
    PlanPart& row = parts.emplace_back(PlanPart{.shape = shape_of(part, stages)});
    for (const PlanNode task : part.tasks) add(row, task);
  }
  if (alone.tasks > 0) parts.push_back(std::move(alone));
  std::stable_sort(parts.begin(), parts.end(), [](const PlanPart& a, const PlanPart& b) {
    return a.work_ms > b.work_ms;
  });
  return parts;
}

}  // namespace evener
