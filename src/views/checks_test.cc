#include "views/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/query.h"
#include "views/test_pool.h"

namespace evener {
namespace {

using testing::ElementsAre;

std::vector<std::string> tasks_with(const PlanExamination& found, std::string_view code) {
  std::vector<std::string> out;
  for (const PlanFinding& finding : found.findings) {
    if (finding.code == code) out.insert(out.end(), finding.tasks.begin(), finding.tasks.end());
  }
  return out;
}

TEST(Checks, FindWhatKeepsATaskFromEverBeingDone) {
  TestPool test;
  test.write(WorkerRegistered{worker_spec("w1", {"docker"})});
  TaskSpec train = task_spec("train");
  train.capabilities = {"gpu"};
  test.write(TaskAdded{train});
  const PlanExamination found = checks_view(test.pool).value();
  EXPECT_THAT(tasks_with(found, "capability_missing"), ElementsAre("train"));
  EXPECT_EQ(found.errors, 1);
}

TEST(Checks, LeaveOutWhatIsOver) {
  TestPool test;
  test.add("a");
  test.add("b", {"a"});
  test.add("c", {"a", "b"});
  EXPECT_EQ(checks_view(test.pool)->spare_needs, (std::vector{SpareNeed{"c", "a"}}));
  test.write(TaskCancelled{.task = "a", .reason = {}});
  const PlanExamination found = checks_view(test.pool).value();
  EXPECT_TRUE(found.spare_needs.empty());
  EXPECT_EQ(found.figures->tasks, 2);
  EXPECT_THAT(tasks_with(found, "need_cancelled"), ElementsAre("b", "c"));
}

TEST(Checks, SayWhenThereIsTooMuchToLookAt) {
  TestPool test;
  for (std::int64_t i = 0; i <= most_tasks_checked; ++i) test.add(fmt::format("t{}", i));
  EXPECT_EQ(checks_view(test.pool).error().code, "too_large");
}

TEST(Checks, AreAskedByTheirName) {
  const Query query = query_of("checks", {}).value();
  EXPECT_EQ(query.kind, QueryKind::checks);
  EXPECT_EQ(target_of(query), "checks");
}

}  // namespace
}  // namespace evener
