#include "core/graph.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <utility>

namespace evener {

TaskIndex GraphChange::add(Node node) {
  const TaskIndex index{static_cast<std::uint32_t>(state_.tasks.size() + new_ids_.size())};
  new_ids_.emplace(node.id, index);
  change(index, std::move(node));
  return index;
}

void GraphChange::change(TaskIndex task, Node node) {
  if (node.parent != no_task) new_children_[node.parent].push_back(task);
  nodes_.insert_or_assign(task, std::move(node));
}

TaskIndex GraphChange::find(std::string_view id) const {
  const auto found = new_ids_.find(id);
  return found != new_ids_.end() ? found->second : state_.find_task(id);
}

std::string_view GraphChange::id(TaskIndex task) const {
  const Node* node = changed(task);
  return node != nullptr ? node->id : state_.task(task).id;
}

const GraphChange::Node* GraphChange::changed(TaskIndex task) const {
  const auto found = nodes_.find(task);
  return found == nodes_.end() ? nullptr : &found->second;
}

TaskIndex GraphChange::parent(TaskIndex task) const {
  const Node* node = changed(task);
  return node != nullptr ? node->parent : state_.task(task).parent;
}

void GraphChange::append_needs(TaskIndex task, std::vector<TaskIndex>& out) const {
  if (const Node* node = changed(task)) {
    out.insert(out.end(), node->needs.begin(), node->needs.end());
  } else {
    for (const NeedEdge& need : state_.task(task).needs) out.push_back(need.task);
  }
}

void GraphChange::append_children(TaskIndex task, std::vector<TaskIndex>& out) const {
  if (task.value < state_.tasks.size()) {
    for (const TaskIndex child : state_.task(task).children) {
      if (changed(child) == nullptr) out.push_back(child);
    }
  }
  const auto children = new_children_.find(task);
  if (children != new_children_.end()) {
    out.insert(out.end(), children->second.begin(), children->second.end());
  }
}

std::vector<TaskIndex> GraphChange::prerequisites(TaskIndex task) const {
  std::vector<TaskIndex> out;
  append_children(task, out);
  std::size_t above = 0;
  for (TaskIndex at = task; at != no_task && above <= deepest_nesting; at = parent(at), ++above) {
    append_needs(at, out);
  }
  return out;
}

std::size_t GraphChange::depth(TaskIndex task) const {
  std::size_t above = 0;
  for (TaskIndex at = parent(task); at != no_task && above <= deepest_nesting; at = parent(at)) {
    ++above;
  }
  return above;
}

std::size_t GraphChange::height(TaskIndex task) const {
  std::vector<TaskIndex> children;
  append_children(task, children);
  std::size_t highest = 0;
  for (const TaskIndex child : children) highest = std::max(highest, height(child) + 1);
  return highest;
}

// Depth first from every changed task. A task that was left behind without meeting itself again is
// on no cycle, so each is walked once whatever the number of changes.
std::vector<std::string> GraphChange::find_cycle() const {
  enum class Colour : std::uint8_t { on_path, left };
  boost::unordered_flat_map<TaskIndex, Colour, std::hash<TaskIndex>> colours;

  struct Step {
    TaskIndex task;
    std::vector<TaskIndex> next;
    std::size_t at = 0;
  };

  std::vector<Step> path;
  for (const auto& [start, node] : nodes_) {
    if (colours.contains(start)) continue;
    path.push_back({start, prerequisites(start)});
    colours[start] = Colour::on_path;
    while (!path.empty()) {
      Step& step = path.back();
      if (step.at == step.next.size()) {
        colours[step.task] = Colour::left;
        path.pop_back();
        continue;
      }
      const TaskIndex next = step.next[step.at++];
      const auto known = colours.find(next);
      if (known == colours.end()) {
        colours[next] = Colour::on_path;
        path.push_back({next, prerequisites(next)});
      } else if (known->second == Colour::on_path) {
        std::vector<std::string> cycle;
        const auto first = std::find_if(path.begin(), path.end(), [&](const Step& on_path) {
          return on_path.task == next;
        });
        for (auto at = first; at != path.end(); ++at) cycle.emplace_back(id(at->task));
        cycle.emplace_back(id(next));
        return cycle;
      }
    }
  }
  return {};
}

std::vector<TaskIndex> GraphChange::new_in_order() const {
  const auto is_new = [&](TaskIndex task) { return task.value >= state_.tasks.size(); };
  std::vector<TaskIndex> order;
  std::map<TaskIndex, bool> placed;
  std::vector<std::pair<TaskIndex, bool>>
      stack;  // the task, and whether those before it are placed
  for (const auto& [start, node] : nodes_) {
    if (is_new(start)) stack.emplace_back(start, false);
    while (!stack.empty()) {
      const auto [task, ready] = stack.back();
      stack.pop_back();
      if (ready && !placed[task]) {
        placed[task] = true;
        order.push_back(task);
      }
      if (ready || placed[task]) continue;
      stack.emplace_back(task, true);
      const Node& described = nodes_.at(task);
      if (described.parent != no_task && is_new(described.parent)) {
        stack.emplace_back(described.parent, false);
      }
      for (auto need = described.needs.rbegin(); need != described.needs.rend(); ++need) {
        if (is_new(*need)) stack.emplace_back(*need, false);
      }
    }
  }
  return order;
}

}  // namespace evener
