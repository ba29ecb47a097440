#include "views/graph.h"

#include <algorithm>
#include <unordered_set>

#include "views/tasks.h"

namespace evener {
namespace {

constexpr std::int64_t most_nodes = 2000;

// The open task from which most work follows, and from each task on the path the one behind it from
// which most does: what is late here, all is late.
std::vector<TaskIndex> longest_path(const Pool& pool, TaskIndex begin) {
  const State& state = pool.state();
  const auto is_open = [&](TaskIndex task) { return !is_closed(state.task(task).stage); };
  if (begin == no_task) {
    for (std::uint32_t i = 0; i < state.tasks.size(); ++i) {
      const TaskIndex task{i};
      if (!is_open(task) || state.task(task).open_needs > 0) continue;
      const bool is_longer =
          begin == no_task || pool.paths().length(task) > pool.paths().length(begin);
      if (is_longer) begin = task;
    }
  }
  std::vector<TaskIndex> path;
  for (TaskIndex at = begin; at != no_task && is_open(at);) {
    path.push_back(at);
    TaskIndex next = no_task;
    for (const TaskIndex behind : state.task(at).dependants) {
      const bool is_longer =
          next == no_task || pool.paths().length(behind) > pool.paths().length(next);
      if (is_open(behind) && is_longer) next = behind;
    }
    at = next;
  }
  return path;
}

// Invariant: `chosen` and `seen` hold the same tasks, at most `limit`.
class Neighbourhood {
 public:
  Neighbourhood(const State& state, std::size_t limit) : state_(state), limit_(limit) {}

  bool is_full() const { return chosen_.size() == limit_; }

  void add(TaskIndex task) {
    if (!is_full() && seen_.insert(task.value).second) chosen_.push_back(task);
  }

  // All that can be reached by needs, the nearest first.
  void spread() {
    for (std::size_t i = 0; i < chosen_.size() && !is_full(); ++i) {
      const Task& task = state_.task(chosen_[i]);
      for (const NeedEdge& need : task.needs) add(need.task);
      for (const TaskIndex dependant : task.dependants) {
        if (is_full()) break;
        add(dependant);
      }
    }
  }

  bool has(TaskIndex task) const { return seen_.contains(task.value); }

  const std::vector<TaskIndex>& tasks() const { return chosen_; }

 private:
  const State& state_;
  std::size_t limit_;
  std::vector<TaskIndex> chosen_;
  std::unordered_set<std::uint32_t> seen_;
};

GraphNode node_of(const Pool& pool, TaskIndex index, const Neighbourhood& nearby) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  GraphNode node{.task = task.id, .title = title_of(state, index), .state = pool.state_of(index)};
  if (node.state == TaskState::running && task.worker != no_worker) {
    node.worker = state.worker(task.worker).spec.name;
  }
  if (task.parent != no_task) node.parent = state.task(task.parent).id;
  if (!is_closed(task.stage)) node.path_ms = pool.paths().length(index);
  for (const NeedEdge& need : task.needs) node.hidden += nearby.has(need.task) ? 0 : 1;
  for (const TaskIndex dependant : task.dependants) node.hidden += nearby.has(dependant) ? 0 : 1;
  return node;
}

}  // namespace

GraphView graph_view(const Pool& pool, TaskIndex centre, std::int64_t limit) {
  const State& state = pool.state();
  const std::int64_t most = limit == 0 ? most_nodes : std::min(limit, most_nodes);
  Neighbourhood nearby(state, static_cast<std::size_t>(most));
  const std::vector<TaskIndex> path = longest_path(pool, centre);
  if (centre != no_task) {
    nearby.add(centre);
  } else {
    for (const TaskIndex task : path) nearby.add(task);
  }
  nearby.spread();
  if (centre == no_task) {
    for (std::uint32_t i = 0; i < state.tasks.size() && !nearby.is_full(); ++i) {
      nearby.add(TaskIndex{i});
      nearby.spread();
    }
  }
  GraphView view{.total = static_cast<std::int64_t>(state.tasks.size())};
  for (const TaskIndex task : nearby.tasks()) {
    view.nodes.push_back(node_of(pool, task, nearby));
    view.nodes.back().on_longest_path =
        path.size() > 1 && std::find(path.begin(), path.end(), task) != path.end();
    for (const NeedEdge& need : state.task(task).needs) {
      if (nearby.has(need.task)) {
        view.edges.push_back({state.task(need.task).id, state.task(task).id});
      }
    }
  }
  return view;
}

}  // namespace evener
