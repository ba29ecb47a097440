// The order that the tasks of a plan impose on one another, before there is a pool: tasks as dense
// numbers, with edges both ways. What core/graph.h asks of a pool's state one change at a time is
// asked here of a whole plan at once, also of one with cycles, or with needs that lead nowhere.
//
// Nodes below task_count() are tasks, in the order given. Others take no time: the beginning of a
// parent (after the parent's needs, before its subtasks, for these inherit its needs; the parent's
// own node is its end, after its subtasks), and the gates of phases and others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/gate.h"
#include "model/task.h"

namespace evener {

using PlanNode = std::uint32_t;

inline constexpr PlanNode no_node = UINT32_MAX;

class PlanGraph {  // Invariant: before() and after() are the same edges, each once.
 public:
  // What the tasks and phases name and is not there orders nothing. Of two tasks with one id the
  // first counts. The spans must outlive the graph.
  explicit PlanGraph(
      std::span<const TaskSpec> tasks,
      std::span<const PhaseSpec> phases = {},
      std::span<const GateSpec> gates = {}
  );

  std::span<const TaskSpec> tasks() const { return tasks_; }

  std::size_t task_count() const { return tasks_.size(); }

  std::size_t node_count() const { return before_.starts.size() - 1; }

  std::size_t edge_count() const { return before_.ends.size(); }

  bool is_task(PlanNode node) const { return node < tasks_.size(); }

  // Whether it is where a phase or a gate opens.
  bool is_gate(PlanNode node) const { return !is_task(node) && helper(node).is_gate; }

  // no_node if there is no such task.
  PlanNode find(std::string_view id) const;

  PlanNode parent(PlanNode task) const { return parents_[task]; }

  bool has_subtasks(PlanNode task) const { return entries_[task] != task; }

  // The node that stands behind the task's needs: its own, or a parent's beginning.
  PlanNode entry(PlanNode task) const { return entries_[task]; }

  // What must come before a node, and what comes after it, each once, in ascending order.
  std::span<const PlanNode> before(PlanNode node) const { return before_.of(node); }

  std::span<const PlanNode> after(PlanNode node) const { return after_.of(node); }

  // Every node behind those before it; the nodes on cycles, and what comes after them, are missing.
  const std::vector<PlanNode>& order() const { return order_; }

  bool has_cycle() const { return order_.size() < node_count(); }

  // For each group of nodes that all wait for one another, a shortest cycle through its first node:
  // each waits for the next, and the last for the first.
  std::vector<std::vector<PlanNode>> cycles() const;

  // The id of a task, of the parent that begins, or of the phase or gate.
  const std::string& name(PlanNode node) const;

 private:
  struct Edge {
    PlanNode from = 0;
    PlanNode to = 0;

    auto operator<=>(const Edge&) const = default;
  };

  // Neighbours of all nodes in one list; those of a node stand between two starts.
  struct Neighbours {
    std::vector<std::uint32_t> starts = {};
    std::vector<PlanNode> ends = {};

    std::span<const PlanNode> of(PlanNode node) const {
      return {ends.data() + starts[node], ends.data() + starts[node + 1]};
    }
  };

  // A node that is no task.
  struct Helper {
    const std::string* name = nullptr;
    bool is_gate = false;
  };

  const Helper& helper(PlanNode node) const { return helpers_[node - tasks_.size()]; }

  PlanNode add_helper(const std::string& name, bool is_gate);
  void add_parents(std::vector<Edge>& edges);
  void add_needs(std::vector<Edge>& edges) const;
  void add_phases(
      std::span<const PhaseSpec> phases, std::span<const GateSpec> gates, std::vector<Edge>& edges
  );
  static Neighbours neighbours(const std::vector<Edge>& edges, std::size_t nodes);
  void sort_nodes();
  std::vector<std::uint32_t> groups() const;
  std::vector<PlanNode> cycle_through(
      PlanNode first, const std::vector<std::uint32_t>& group, std::vector<PlanNode>& came_from
  ) const;

  std::span<const TaskSpec> tasks_;
  std::unordered_map<std::string_view, PlanNode> places_;
  std::vector<PlanNode> parents_;
  std::vector<PlanNode> entries_;
  std::vector<Helper> helpers_;
  Neighbours before_;
  Neighbours after_;
  std::vector<PlanNode> order_;
};

}  // namespace evener
