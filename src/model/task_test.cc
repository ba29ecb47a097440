#include "model/task.h"

#include <gtest/gtest.h>

#include "model/filled.h"

namespace evener {
namespace {

std::string problem_of_task(const TaskSpec& task) {
  const Status sound = check_task(task, Path{nullptr, "task", -1});
  return sound.ok() ? "" : sound.error().text();
}

TEST(TaskSpec, IsReadBackAsItWasWrittenWithEveryFieldSet) {
  TaskSpec task;
  int number = 0;
  fill_object(task, number);
  ASSERT_EQ(fields_at_default(task), "");
  const Result<Json> json = parse_json(to_json_text(task));
  ASSERT_TRUE(json.ok());
  const Result<TaskSpec> read = from_json<TaskSpec>(*json);
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(*read, task);
}

TEST(TaskSpec, NamesSecretsInCapitals) {
  for (const char* name : {"KEY", "_", "A1_B"}) {
    EXPECT_EQ(problem_of_task({.id = "a", .secrets = {name}}), "") << name;
  }
  for (const char* name : {"key", "1A", "", "A-B", "EVENER_FENCE"}) {
    EXPECT_NE(problem_of_task({.id = "a", .secrets = {name}}), "") << name;
  }
  const std::string problem = problem_of_task({.id = "a", .secrets = {"A", "b"}});
  EXPECT_NE(problem.find("task.secrets[1]"), std::string::npos) << problem;
}

TEST(TaskSpec, RequiresWhatItsSecretsAskFor) {
  const std::vector<std::string> all{"gpu", "secret:A", "secret:B"};
  EXPECT_EQ(required_capabilities({.capabilities = {"gpu"}, .secrets = {"A", "B"}}), all);
}

TEST(TaskSpec, NeedsAreIdsUnlessTheyAreMoreThanDone) {
  const TaskSpec task{.id = "a", .needs = {{"b", Until::done}, {"c", Until::accepted}}};
  EXPECT_EQ(to_json_text(task), R"({"id":"a","needs":["b",{"task":"c","until":"accepted"}]})");
}

TEST(TaskSpec, NeedsAnIdOrATitle) {
  EXPECT_EQ(
      problem_of_task({.kind = "x"}), "task: a task needs an 'id' or a 'title' (missing_field)"
  );
  EXPECT_EQ(problem_of_task({.title = "x"}), "");
  EXPECT_EQ(problem_of_task({.id = "x"}), "");
}

TEST(TaskSpec, AnAssigneeNamesSomebody) {
  EXPECT_EQ(problem_of_task({.id = "a", .assignee = "w1"}), "");
  EXPECT_EQ(problem_of_task({.id = "a", .assignee = "role:reviewer", .assignee_delay_ms = 5}), "");
  EXPECT_NE(problem_of_task({.id = "a", .assignee = "role:"}), "");
  EXPECT_NE(problem_of_task({.id = "a", .assignee = "worker:"}), "");
  EXPECT_NE(problem_of_task({.id = "a", .assignee_delay_ms = 5}), "");
}

TEST(TaskSpec, AsAWholeHasABoundToo) {
  TaskSpec task{.id = "a"};
  task.description = std::string(limits::text_bytes, 'x');
  task.context = std::string(limits::text_bytes, 'x');
  EXPECT_EQ(problem_of_task(task), "");
  task.run = std::string(limits::text_bytes, 'x');
  EXPECT_NE(problem_of_task(task).find("(too_large)"), std::string::npos);
}

TEST(TaskSpec, ItsDataMayBeSixteenLevelsDeep) {
  const auto nested = [](std::size_t levels) {
    return TaskSpec{
        .id = "a", .data = {std::string(levels, '[') + "\"]]{{\\\"[\"" + std::string(levels, ']')}
    };
  };
  EXPECT_EQ(problem_of_task(nested(limits::data_depth)), "");
  EXPECT_EQ(
      problem_of_task(nested(limits::data_depth + 1)),
      "task.data: more than 16 levels of JSON (too_deep)"
  );
}

TEST(TaskId, IsMadeFromATitle) {
  EXPECT_EQ(id_from_title("Fix the Build!"), "fix-the-build");
  EXPECT_EQ(id_from_title("  --  a//b  "), "a-b");
  EXPECT_EQ(id_from_title("日本"), "task");
  EXPECT_EQ(id_from_title(""), "task");
  EXPECT_EQ(id_from_title(std::string(100, 'x')), std::string(48, 'x'));
  EXPECT_EQ(id_from_title(std::string(47, 'x') + " y"), std::string(47, 'x'));
}

TEST(Assignee, IsAWorkerUnlessItSaysOtherwise) {
  EXPECT_EQ(parse_assignee("w1").kind, AssigneeKind::worker);
  EXPECT_EQ(parse_assignee("worker:w1").name, "w1");
  EXPECT_EQ(parse_assignee("role:reviewer").kind, AssigneeKind::role);
  EXPECT_EQ(parse_assignee("machine:walnut").kind, AssigneeKind::machine);
  EXPECT_EQ(parse_assignee("team:red").name, "red");
  EXPECT_EQ(parse_assignee("rule:x").name, "rule:x");
}

}  // namespace
}  // namespace evener
