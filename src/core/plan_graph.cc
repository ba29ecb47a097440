#include "core/plan_graph.h"

#include <algorithm>

namespace evener {

PlanGraph::PlanGraph(
    std::span<const TaskSpec> tasks,
    std::span<const PhaseSpec> phases,
    std::span<const GateSpec> gates
)
    : tasks_(tasks), parents_(tasks.size(), no_node), entries_(tasks.size()) {
  places_.reserve(tasks.size());
  for (PlanNode task = 0; task < tasks.size(); ++task) {
    places_.emplace(tasks[task].id, task);
    entries_[task] = task;
  }
  std::vector<Edge> edges;
  add_parents(edges);
  add_needs(edges);
  add_phases(phases, gates, edges);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  const std::size_t nodes = tasks_.size() + helpers_.size();
  after_ = neighbours(edges, nodes);
  for (Edge& edge : edges) std::swap(edge.from, edge.to);
  std::sort(edges.begin(), edges.end());
  before_ = neighbours(edges, nodes);
  sort_nodes();
}

PlanNode PlanGraph::find(std::string_view id) const {
  const auto found = places_.find(id);
  return found == places_.end() ? no_node : found->second;
}

const std::string& PlanGraph::name(PlanNode node) const {
  return is_task(node) ? tasks_[node].id : *helper(node).name;
}

PlanNode PlanGraph::add_helper(const std::string& name, bool is_gate) {
  helpers_.push_back({&name, is_gate});
  return static_cast<PlanNode>(tasks_.size() + helpers_.size() - 1);
}

void PlanGraph::add_parents(std::vector<Edge>& edges) {
  for (PlanNode task = 0; task < tasks_.size(); ++task) {
    const PlanNode parent = find(tasks_[task].parent);
    if (parent == no_node) continue;
    parents_[task] = parent;
    if (entries_[parent] == parent) entries_[parent] = add_helper(tasks_[parent].id, false);
  }
  for (PlanNode task = 0; task < tasks_.size(); ++task) {
    if (entries_[task] != task) edges.push_back({entries_[task], task});
    if (parents_[task] == no_node) continue;
    edges.push_back({entries_[parents_[task]], entries_[task]});
    edges.push_back({task, parents_[task]});
  }
}

void PlanGraph::add_needs(std::vector<Edge>& edges) const {
  for (PlanNode task = 0; task < tasks_.size(); ++task) {
    for (const Need& need : tasks_[task].needs) {
      const PlanNode needed = find(need.task);
      if (needed != no_node) edges.push_back({needed, entries_[task]});
    }
  }
}

// A phase's gate opens behind its tasks; the tasks of a phase begin behind the gates it comes
// after.
void PlanGraph::add_phases(
    std::span<const PhaseSpec> phases, std::span<const GateSpec> gates, std::vector<Edge>& edges
) {
  std::unordered_map<std::string_view, PlanNode> opened;
  std::unordered_map<std::string_view, PlanNode> begun;
  for (const PhaseSpec& phase : phases) {
    const PlanNode gate = add_helper(phase.id, true);
    const PlanNode begin = add_helper(phase.id, false);
    edges.push_back({begin, gate});
    opened.emplace(phase.id, gate);
    begun.emplace(phase.id, begin);
  }
  for (const GateSpec& gate : gates) {
    const PlanNode node = add_helper(gate.id, true);
    opened.emplace(gate.id, node);
    for (const std::string& id : gate.tasks) {
      const PlanNode task = find(id);
      if (task != no_node) edges.push_back({task, node});
    }
  }
  for (const PhaseSpec& phase : phases) {
    for (const std::string& id : phase.after) {
      const auto gate = opened.find(id);
      if (gate != opened.end()) edges.push_back({gate->second, begun.at(phase.id)});
    }
  }
  for (PlanNode task = 0; task < tasks_.size(); ++task) {
    const auto begin = begun.find(tasks_[task].phase);
    if (begin == begun.end()) continue;
    edges.push_back({begin->second, entries_[task]});
    edges.push_back({task, opened.at(tasks_[task].phase)});
  }
}

PlanGraph::Neighbours PlanGraph::neighbours(const std::vector<Edge>& edges, std::size_t nodes) {
  Neighbours out{.starts = std::vector<std::uint32_t>(nodes + 1, 0)};
  out.ends.reserve(edges.size());
  for (const Edge& edge : edges) {
    ++out.starts[edge.from + 1];
    out.ends.push_back(edge.to);
  }
  for (std::size_t i = 0; i < nodes; ++i) out.starts[i + 1] += out.starts[i];
  return out;
}

void PlanGraph::sort_nodes() {
  std::vector<std::size_t> open(node_count());
  for (PlanNode node = 0; node < node_count(); ++node) {
    open[node] = before(node).size();
    if (open[node] == 0) order_.push_back(node);
  }
  for (std::size_t at = 0; at < order_.size(); ++at) {
    for (const PlanNode next : after(order_[at])) {
      if (--open[next] == 0) order_.push_back(next);
    }
  }
}

// ---- cycles ------------------------------------------------------------------------------------

// The strongly connected component of each node, by Tarjan's algorithm ("Depth-first search and
// linear graph algorithms", 1972) with a stack of its own.
std::vector<std::uint32_t> PlanGraph::groups() const {
  constexpr std::uint32_t unseen = UINT32_MAX;
  std::vector<std::uint32_t> group(node_count(), unseen);
  std::vector<std::uint32_t> number(node_count(), unseen);
  std::vector<std::uint32_t> lowest(node_count(), unseen);
  std::vector<PlanNode> open;

  struct Step {
    PlanNode node;
    std::size_t at = 0;
  };

  std::vector<Step> path;
  std::uint32_t seen = 0;
  std::uint32_t found = 0;
  const auto enter = [&](PlanNode node) {
    number[node] = lowest[node] = seen++;
    open.push_back(node);
    path.push_back({node});
  };
  const auto leave = [&](PlanNode node) {
    path.pop_back();
    if (!path.empty()) lowest[path.back().node] = std::min(lowest[path.back().node], lowest[node]);
    if (lowest[node] != number[node]) return;
    while (group[node] == unseen) {
      group[open.back()] = found;
      open.pop_back();
    }
    ++found;
  };
  for (PlanNode first = 0; first < node_count(); ++first) {
    if (number[first] == unseen) enter(first);
    while (!path.empty()) {
      Step& step = path.back();
      const std::span<const PlanNode> next = before(step.node);
      if (step.at == next.size()) {
        leave(step.node);
      } else if (const PlanNode to = next[step.at++]; number[to] == unseen) {
        enter(to);
      } else if (group[to] == unseen) {
        lowest[step.node] = std::min(lowest[step.node], number[to]);
      }
    }
  }
  return group;
}

// Breadth first along what each node waits for, within the group. `came_from` is all no_node, for
// nodes of this group.
std::vector<PlanNode> PlanGraph::cycle_through(
    PlanNode first, const std::vector<std::uint32_t>& group, std::vector<PlanNode>& came_from
) const {
  std::vector<PlanNode> reached{first};
  for (std::size_t at = 0; at < reached.size(); ++at) {
    for (const PlanNode next : before(reached[at])) {
      if (group[next] != group[first] || came_from[next] != no_node) continue;
      came_from[next] = reached[at];
      if (next == first) {
        std::vector<PlanNode> cycle;
        for (PlanNode node = came_from[first]; node != first; node = came_from[node]) {
          cycle.push_back(node);
        }
        cycle.push_back(first);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      reached.push_back(next);
    }
  }
  return {};
}

std::vector<std::vector<PlanNode>> PlanGraph::cycles() const {
  std::vector<std::vector<PlanNode>> out;
  if (!has_cycle()) return out;
  const std::vector<std::uint32_t> group = groups();
  std::vector<PlanNode> came_from(node_count(), no_node);
  std::vector<bool> seen(node_count(), false);
  for (PlanNode node = 0; node < node_count(); ++node) {
    if (seen[group[node]]) continue;
    seen[group[node]] = true;
    std::vector<PlanNode> cycle = cycle_through(node, group, came_from);
    if (!cycle.empty()) out.push_back(std::move(cycle));
  }
  return out;
}

}  // namespace evener
