// The order that tasks impose on one another. A task comes after its needs, a parent after its
// children, and a child after whatever its parents need.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/state.h"

namespace evener {

inline constexpr std::size_t deepest_nesting = 16;  // parents above a task

// Calls `visit(TaskIndex)` for everything that must be finished before `index` can be.
template <typename Visit>
void for_each_prerequisite(const State& state, TaskIndex index, const Visit& visit) {
  const Task& task = state.task(index);
  for (const TaskIndex child : task.children) visit(child);
  for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
    for (const NeedEdge& need : state.task(at).needs) visit(need.task);
  }
}

using TaskSet = boost::unordered_flat_set<TaskIndex, std::hash<TaskIndex>>;

// A change to the graph that is being considered: tasks that do not exist yet (numbered on from the
// last one) and tasks whose needs or parent would change.
class GraphChange {
 public:
  explicit GraphChange(const State& state) : state_(state) {}

  struct Node {
    std::string id;
    TaskIndex parent = no_task;
    std::vector<TaskIndex> needs = {};
  };

  TaskIndex add(Node node);
  void change(TaskIndex task, Node node);

  TaskIndex find(std::string_view id) const;  // existing or new; or no_task
  std::string_view id(TaskIndex task) const;

  // The ids around a cycle, first and last the same; empty if there is none. Fails the same way
  // for a parent that is its own ancestor.
  std::vector<std::string> find_cycle() const;

  // How many parents stand above `task`.
  std::size_t depth(TaskIndex task) const;

  // How many generations of subtasks stand below `task`.
  std::size_t height(TaskIndex task) const;

  // New tasks in an order in which needs and parents come before those that name them. Only when
  // there is no cycle.
  std::vector<TaskIndex> new_in_order() const;

 private:
  TaskIndex parent(TaskIndex task) const;
  void append_children(TaskIndex task, std::vector<TaskIndex>& out) const;
  void append_needs(TaskIndex task, std::vector<TaskIndex>& out) const;
  std::vector<TaskIndex> prerequisites(TaskIndex task) const;
  const Node* changed(TaskIndex task) const;
  std::vector<TaskIndex> gaining() const;
  std::optional<TaskSet> leading_to(std::vector<TaskIndex> targets) const;

  const State& state_;
  std::map<TaskIndex, Node> nodes_;
  std::map<std::string, TaskIndex, std::less<>> new_ids_;
  std::map<TaskIndex, std::vector<TaskIndex>> new_children_;
};

}  // namespace evener
