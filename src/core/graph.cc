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

// The existing tasks that would come after more than they do now: those that change, with all that
// stands below them, and parents of what is added.
std::vector<TaskIndex> GraphChange::gaining() const {
  const auto exists = [&](TaskIndex task) { return task.value < state_.tasks.size(); };
  std::vector<TaskIndex> found;
  TaskSet seen;
  const auto reach = [&](TaskIndex task) {
    if (exists(task) && seen.insert(task).second) found.push_back(task);
  };
  for (const auto& [task, node] : nodes_) reach(task);
  for (std::size_t at = 0; at < found.size(); ++at) {
    for (const TaskIndex child : state_.task(found[at]).children) reach(child);
  }
  for (const auto& [task, node] : nodes_) {
    if (node.parent != no_task) reach(node.parent);
  }
  return found;
}

// The existing tasks that come, at whatever distance, after one of `targets`, and these themselves;
// nothing if they are too many to be worth knowing.
std::optional<TaskSet> GraphChange::leading_to(std::vector<TaskIndex> targets) const {
  constexpr std::size_t worth_knowing = 20'000;
  TaskSet found;
  const auto reach = [&](TaskIndex task) {
    if (found.insert(task).second) targets.push_back(task);
  };
  for (const TaskIndex target : std::vector<TaskIndex>(std::exchange(targets, {}))) reach(target);
  while (!targets.empty()) {
    if (found.size() > worth_knowing) return std::nullopt;
    const Task& task = state_.task(targets.back());
    targets.pop_back();
    if (task.parent != no_task) reach(task.parent);
    // What a dependant needs, all that stands below it needs too.
    std::vector<TaskIndex> dependants(task.dependants.begin(), task.dependants.end());
    for (std::size_t at = 0; at < dependants.size() && found.size() <= worth_knowing; ++at) {
      reach(dependants[at]);
      for (const TaskIndex child : state_.task(dependants[at]).children)
        dependants.push_back(child);
    }
  }
  return found;
}

// Depth first from every changed task. A task that was left behind without meeting itself again is
// on no cycle, so each is walked once whatever the number of changes. There was no cycle before, so
// one leads through a task that gains something: existing tasks that lead to none are passed over.
std::vector<std::string> GraphChange::find_cycle() const {
  const std::optional<TaskSet> near = leading_to(gaining());
  const auto is_far = [&](TaskIndex task) {
    return near && task.value < state_.tasks.size() && !near->contains(task);
  };
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
      if (is_far(next)) continue;
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
