// Tasks as a graph of what needs what, to be drawn: a neighbourhood of as many as one can look at,
// and which of them stand on the longest path.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

struct GraphNode {
  std::string task = {};
  std::string title = {};
  TaskState state = TaskState::waiting;
  std::string worker = {};
  std::string parent = {};
  Millis path_ms = 0;
  bool on_longest_path = false;
  std::int64_t hidden = 0;

  bool operator==(const GraphNode&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &GraphNode::task, "Its id", always),
        field("title", &GraphNode::title, "One line", shown),
        field("state", &GraphNode::state, "What it is doing now", always),
        field("worker", &GraphNode::worker, "Who runs it", shown),
        field("parent", &GraphNode::parent, "The task of which this is a subtask", shown),
        field("path_ms", &GraphNode::path_ms, "Longest remaining path from its start", shown),
        field("on_longest_path", &GraphNode::on_longest_path, "What everything waits for"),
        field("hidden", &GraphNode::hidden, "Needs and dependants that are not shown", shown),
    };
  }
};

struct GraphEdge {
  std::string from = {};
  std::string to = {};

  bool operator==(const GraphEdge&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("from", &GraphEdge::from, "Comes first", always),
        field("to", &GraphEdge::to, "Needs it", always),
    };
  }
};

struct GraphView {
  std::vector<GraphNode> nodes = {};
  std::vector<GraphEdge> edges = {};
  std::int64_t total = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("nodes", &GraphView::nodes, "Nearest to the middle first", always),
        field("edges", &GraphView::edges, "Between these", always),
        field("total", &GraphView::total, "Tasks in the pool, shown or not", always),
    };
  }
};

// Around `centre`, those first that are the fewest needs away, in both directions. Without one,
// around the longest path, and then the others in the order in which they were added. At most
// `limit`, and never more than 2,000 (0: so many).
GraphView graph_view(const Pool& pool, TaskIndex centre, std::int64_t limit);

}  // namespace evener
