#include "views/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/query.h"
#include "views/test_pool.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::vector<std::string> names(const GraphView& view) {
  std::vector<std::string> out;
  for (const GraphNode& node : view.nodes) out.push_back(node.task);
  return out;
}

std::vector<std::string> longest(const GraphView& view) {
  std::vector<std::string> out;
  for (const GraphNode& node : view.nodes) {
    if (node.on_longest_path) out.push_back(node.task);
  }
  return out;
}

// a -> b -> c -> d, and a short way beside it.
TestPool& with_a_chain(TestPool& test) {
  test.add("alone");
  test.add("a");
  test.add("b", {"a"});
  test.add("aside", {"a"});
  test.add("c", {"b"});
  test.add("d", {"c", "aside"});
  return test;
}

TEST(Graph, ShowsWhatNeedsWhatAndTheLongestPath) {
  TestPool test;
  with_a_chain(test);
  const GraphView view = graph_view(test.pool, no_task, 0);
  EXPECT_THAT(names(view), UnorderedElementsAre("a", "b", "c", "d", "aside", "alone"));
  EXPECT_THAT(longest(view), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(
      view.edges,
      UnorderedElementsAre(
          GraphEdge{"a", "b"},
          GraphEdge{"a", "aside"},
          GraphEdge{"b", "c"},
          GraphEdge{"c", "d"},
          GraphEdge{"aside", "d"}
      )
  );
  EXPECT_EQ(view.total, 6);
}

TEST(Graph, ShowsTheNearestAroundATask) {
  TestPool test;
  with_a_chain(test);
  const GraphView view = graph_view(test.pool, test.index("c"), 3);
  EXPECT_THAT(names(view), ElementsAre("c", "b", "d"));
  EXPECT_EQ(view.nodes[1].hidden, 1);  // a
  EXPECT_EQ(view.nodes[2].hidden, 1);  // aside
  EXPECT_THAT(longest(view), ElementsAre("c", "d"));
}

TEST(Graph, LeavesOutOfThePathWhatIsClosed) {
  TestPool test;
  with_a_chain(test);
  test.join("w");
  test.claim("a", "w");
  test.finish("a", "done");
  test.claim("b", "w");
  const GraphView view = graph_view(test.pool, no_task, 0);
  EXPECT_THAT(longest(view), ElementsAre("b", "c", "d"));
  EXPECT_EQ(view.nodes.front().worker, "w");
  EXPECT_EQ(view.nodes.size(), 6U);
}

TEST(Graph, NamesTheParentOfASubtask) {
  TestPool test;
  test.add("whole");
  TaskSpec part = task_spec("part");
  part.parent = "whole";
  test.add(part);
  const GraphView view = graph_view(test.pool, test.index("part"), 1);
  ASSERT_THAT(names(view), ElementsAre("part"));
  EXPECT_EQ(view.nodes.front().parent, "whole");
}

TEST(Graph, IsAskedForAroundATaskThatExists) {
  const Query query = query_of("graph", {{"task", "c"}, {"limit", "50"}}).value();
  EXPECT_EQ(query.kind, QueryKind::graph);
  EXPECT_EQ(target_of(query), "graph?task=c&limit=50");
  TestPool test;
  const Result<std::string> answer = answer_query(query, test.pool, test.source(), test.now);
  EXPECT_EQ(answer.error().code, "unknown_task");
}

}  // namespace
}  // namespace evener
