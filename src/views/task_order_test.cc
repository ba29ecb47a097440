#include "views/task_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/query.h"
#include "views/tasks.h"
#include "views/test_pool.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> sorted(const TestPool& test, TaskOrder order, bool descending = false) {
  TaskFilter filter;
  filter.sort = order;
  filter.descending = descending;
  std::vector<std::string> out;
  for (const TaskRow& row : list_view(test.pool, filter).tasks) out.push_back(row.id);
  return out;
}

TEST(TaskOrder, CountsNumbersInTextsAndMindsNoCase) {
  TestPool test;
  for (const char* id : {"t10", "T9", "a", "t010b", "t2"}) test.add(id);
  EXPECT_THAT(sorted(test, TaskOrder::id), ElementsAre("a", "t2", "T9", "t10", "t010b"));
  EXPECT_THAT(sorted(test, TaskOrder::id, true), ElementsAre("t010b", "t10", "T9", "t2", "a"));
}

TEST(TaskOrder, PutsFirstWhatNeedsSomebody) {
  TestPool test;
  test.join("w1");
  for (const char* id : {"done", "ready", "failed", "running", "held"}) test.add(id);
  test.add("waiting", {"ready"});
  test.claim("done", "w1");
  test.finish("done", "it works");
  test.claim("failed", "w1");
  test.fail("failed", "no disk");
  test.claim("running", "w1");
  test.write(TaskHeld{"held", "wait for rod"});
  EXPECT_THAT(
      sorted(test, TaskOrder::state),
      ElementsAre("failed", "held", "running", "ready", "waiting", "done")
  );
}

TEST(TaskOrder, KeepsTheOrderOfWhatIsEqual) {
  TestPool test;
  for (const char* id : {"c", "a", "b"}) test.add(id);
  EXPECT_THAT(sorted(test, TaskOrder::priority), ElementsAre("c", "a", "b"));
  EXPECT_THAT(sorted(test, TaskOrder::priority, true), ElementsAre("c", "a", "b"));
  EXPECT_THAT(sorted(test, TaskOrder::added, true), ElementsAre("b", "a", "c"));
}

TEST(TaskOrder, GivesAWindowOfTheWhole) {
  TestPool test;
  for (int i = 0; i < 30; ++i) test.add("t" + std::to_string(29 - i));
  TaskFilter filter;
  filter.sort = TaskOrder::id;
  filter.skip = 10;
  filter.limit = 3;
  const TaskListView view = list_view(test.pool, filter);
  ASSERT_EQ(view.tasks.size(), 3U);
  EXPECT_EQ(view.tasks.front().id, "t10");
  EXPECT_EQ(view.tasks.back().id, "t12");
  EXPECT_EQ(view.total, 30);
  filter.skip = 40;
  EXPECT_THAT(list_view(test.pool, filter).tasks, IsEmpty());
}

TEST(TaskOrder, IsReadFromAQueryAndPagedBySkipAlone) {
  const Query query =
      query_of("tasks", {{"sort", "since"}, {"descending", "true"}, {"skip", "20"}}).value();
  EXPECT_EQ(query.filter.sort, TaskOrder::since);
  EXPECT_TRUE(query.filter.descending);
  EXPECT_EQ(query.filter.skip, 20);
  EXPECT_EQ(target_of(query), "tasks?sort=since&descending=true&skip=20");
  const Result<Query> both = query_of("tasks", {{"sort", "since"}, {"after", "a"}});
  EXPECT_EQ(both.error().code, "bad_value");
  EXPECT_EQ(query_of("tasks", {{"sort", "colour"}}).error().code, "bad_value");
}

}  // namespace
}  // namespace evener
