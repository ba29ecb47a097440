// The framework's pools: what becomes of each field, and files that grow while they are read.
#include "formats/framework.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view pool = R"({
  "task_pool": [
    {"id": "restore-8000", "type": "parallel", "service": "registry", "port": 8000,
     "dependencies": []},
    {"id": "restore-8001", "type": "parallel", "service": "orchestrator", "port": 8001,
     "dependencies": ["restore-8000"], "requires_capabilities": ["docker", "python"]}
  ]
})";

Plan read_pool(std::string_view text, FrameworkOptions options = {}) {
  Result<Plan> plan = read_plan(text, "pool.json", PlanFormat::framework_json, options);
  EXPECT_TRUE(plan.ok()) << plan.error().text();
  return plan.ok() ? *plan : Plan{};
}

TaskSpec read_one(const std::string& fields) {
  const Plan plan = read_pool("{\"task_pool\": [{\"id\": \"a\"" + fields + "}]}");
  return plan.tasks.empty() ? TaskSpec{} : plan.tasks.front();
}

TEST(FrameworkPool, KeepsWhatItDoesNotKnowInData) {
  const Plan plan = read_pool(pool);
  ASSERT_EQ(plan.tasks.size(), 2U);
  EXPECT_EQ(plan.tasks[0].id, "restore-8000");
  EXPECT_EQ(plan.tasks[0].title, "registry (restore-8000)");
  EXPECT_EQ(plan.tasks[0].data.text, R"({"type":"parallel","service":"registry","port":8000})");
  EXPECT_THAT(plan.tasks[1].needs, ElementsAre(Need{"restore-8000", Until::done}));
  EXPECT_TRUE(plan.states.empty());
  EXPECT_TRUE(plan.notices.empty());
}

TEST(FrameworkPool, PrefersCapabilitiesUnlessItIsStrict) {
  const TaskSpec soft = read_pool(pool).tasks.at(1);
  EXPECT_THAT(soft.prefers, ElementsAre("docker", "python"));
  EXPECT_TRUE(soft.capabilities.empty());
  const TaskSpec strict = read_pool(pool, {.strict = true}).tasks.at(1);
  EXPECT_THAT(strict.capabilities, ElementsAre("docker", "python"));
  EXPECT_TRUE(strict.prefers.empty());
}

TEST(FrameworkPool, TakesOneCapabilityWithoutAList) {
  EXPECT_THAT(read_one(R"(,"requires_capabilities":"gpu")").prefers, ElementsAre("gpu"));
}

TEST(FrameworkPool, MapsTheFieldsThatWeDocument) {
  const TaskSpec task = read_one(
      R"(,"name":"Fix","description":"All of it","priority":"high","estimated_minutes":2.5)"
  );
  EXPECT_EQ(task.title, "Fix");
  EXPECT_EQ(task.description, "All of it");
  EXPECT_EQ(task.priority, Priority::high);
  EXPECT_EQ(task.estimate_ms, 150'000);
  EXPECT_EQ(task.data.text, "");
  const TaskSpec both = read_one(R"(,"title":"T","name":"N")");
  EXPECT_EQ(both.title, "T");
  EXPECT_EQ(both.data.text, R"({"name":"N"})");
  EXPECT_EQ(read_one("").title, "a");
}

TEST(FrameworkPool, KeepsValuesItCannotMapAndSaysSo) {
  const Plan plan = read_pool(
      R"({"made_by": "atlas", "task_pool": [
          {"id": "a", "priority": 1, "estimated_minutes": "few", "status": "blocked"}]})"
  );
  EXPECT_EQ(
      plan.tasks.at(0).data.text, R"({"priority":1,"estimated_minutes":"few","status":"blocked"})"
  );
  EXPECT_THAT(
      plan.notices,
      ElementsAre(
          HasSubstr("a: 'priority'"),
          HasSubstr("a: 'estimated_minutes'"),
          HasSubstr("a: 'status'"),
          HasSubstr("'made_by'")
      )
  );
}

TEST(FrameworkPool, TellsHowFarTasksWere) {
  const Plan plan = read_pool(
      R"({"task_pool": [
          {"id": "a", "status": "completed", "claimed_by": "session-1",
           "started_at": "2025-11-17T00:01:00Z", "completed_at": "2025-11-17T00:03:00Z"},
          {"id": "b", "status": "in_progress", "claimed_by": "Session #5"},
          {"id": "c", "status": "available"}, {"id": "d"}]})"
  );
  EXPECT_THAT(
      plan.states,
      ElementsAre(
          ImportedState{
              "a",
              "done",
              "session-1",
              *parse_time("2025-11-17T00:01:00Z"),
              *parse_time("2025-11-17T00:03:00Z"),
              "done"
          },
          ImportedState{"b", "running", "session-5", {}, {}, "in-progress"},
          ImportedState{"c", "ready", "", {}, {}, "pending"}
      )
  );
  EXPECT_THAT(plan.notices, ElementsAre(HasSubstr("'Session #5' is read as worker 'session-5'")));
  EXPECT_EQ(plan.tasks.at(0).data.text, R"({"stated":"done"})");
  EXPECT_EQ(plan.tasks.at(2).data.text, "");
  EXPECT_EQ(plan.tasks.at(0).assignee, "");
  EXPECT_EQ(plan.tasks.at(1).assignee, "session-5") << "it is reserved for who works on it";
}

TEST(FrameworkPool, MakesAWorkersNameOfASessionWithAColon) {
  std::vector<std::string> notices;
  EXPECT_EQ(worker_of_session("role:a", notices), "role-a");
  EXPECT_EQ(notices.size(), 1U);
}

TEST(FrameworkPool, RefusesAWrongTaskWithItsPlace) {
  struct Case {
    std::string text;
    std::string code;
    std::string where;
  };

  for (const Case& wrong : std::vector<Case>{
           {"[]", "bad_value", "pool.json:1:1"},
           {"{\"tasks\": []}", "missing_field", "pool.json:1:1"},
           {"{\"task_pool\": {}}", "bad_value", "pool.json:1:15 task_pool"},
           {"{\"task_pool\": [\n7]}", "bad_value", "pool.json:2:1 task_pool[0]"},
           {"{\"task_pool\": [\n{}]}", "missing_field", "pool.json:2:1 task_pool[0]"},
           {"{\"task_pool\": [\n{\"id\": \"a b\"}]}", "bad_id", "pool.json:2:8 task_pool[0].id"},
           {"{\"task_pool\": [{\"id\": \"a\", \"dependencies\": [\"b\",\n 2]}]}",
            "bad_value",
            "pool.json:2:2 task_pool[0].dependencies[1]"},
           {"{\"task_pool\": [{\"id\": \"a\"},\n {\"id\": \"a\"}]}",
            "duplicate_id",
            "pool.json:2:2 task_pool[1]"},
           {"{\"task_pool\": [{\"id\": \"a\", \"status\": \"completed\",\n\"started_at\": \"x\"}]}",
            "bad_time",
            "pool.json:2:15 task_pool[0].started_at"},
           {"{\"task_pool\": [{\"id\": \"a\", \"x\": \"" + std::string(17'000, 'x') + "\"}]}",
            "too_large",
            "pool.json:1:16 task_pool[0].data"},
       }) {
    const auto plan = read_plan(wrong.text, "pool.json", PlanFormat::framework_json);
    ASSERT_FALSE(plan.ok()) << wrong.text;
    EXPECT_EQ(plan.error().code, wrong.code) << plan.error().text();
    EXPECT_EQ(plan.error().where, wrong.where) << plan.error().text();
  }
}

TEST(FrameworkLines, ReadsOneTaskALine) {
  const auto plan = read_plan(
      "\xEF\xBB\xBF{\"id\":\"a\",\"port\":1}\r\n\n  \n{\"id\":\"b\",\"dependencies\":[\"a\"]}",
      "pool.jsonl"
  );
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  ASSERT_EQ(plan->tasks.size(), 2U);
  EXPECT_EQ(plan->tasks[0].data.text, R"({"port":1})");
}

TEST(FrameworkLines, NamesTheLineOfEachProblem) {
  const std::vector<Error> problems =
      plan_problems("{\"id\":\"a\"}\n{\"id\":\"b\"\n{\"id\":\"a\"}\n\n{\"id\": 7}\n", "p.jsonl");
  std::vector<std::string> found;
  for (const Error& problem : problems) found.push_back(problem.code + " " + problem.where);
  ASSERT_THAT(
      found,
      ElementsAre("bad_json p.jsonl:2:10", "duplicate_id p.jsonl:3:1", "bad_value p.jsonl:5:8 id")
  );
  EXPECT_THAT(problems[1].message, HasSubstr("line 1"));
}

TEST(JsonlFollower, GivesATaskWhenItsLineIsComplete) {
  const std::string text = "{\"id\":\"a\"}\n\r\n{\"id\":\"é\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    JsonlFollower follower("pool.jsonl");
    std::vector<std::string> found;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      for (const auto& task : follower.feed(std::string_view(text).substr(at, piece))) {
        found.push_back(
            task.ok() ? fmt::format("{}@{}", task->task.id, task->line) : task.error().where
        );
      }
    }
    EXPECT_THAT(found, ElementsAre("a@1", "pool.jsonl:3:7 id", "b@4"));
    const auto last = follower.finish();
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0].value().task.id, "c");
    EXPECT_EQ(follower.lines(), 5);
    EXPECT_TRUE(follower.finish().empty());
  }
}

TEST(JsonlFollower, DropsALineBeyondItsBoundAndGoesOn) {
  JsonlFollower follower("pool.jsonl");
  const std::string piece(JsonlFollower::longest_line / 2, ' ');
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(follower.feed(piece).empty());
  const auto found = follower.feed("\n{\"id\":\"b\"}\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].error().code, "too_large");
  EXPECT_EQ(found[0].error().where, "pool.jsonl:1");
  EXPECT_EQ(found[1].value().task.id, "b");
}

TEST(FrameworkWords, MapOneToOneWhereTheFrameworkHasAWord) {
  for (const std::string_view status : {"available", "in_progress", "completed", "held"}) {
    const auto state = state_of_status(status);
    ASSERT_TRUE(state) << status;
    EXPECT_EQ(status_of_state(*state), status);
  }
  EXPECT_EQ(status_of_state("reviewing"), "in_progress");
  EXPECT_EQ(status_of_state("stuck"), "stuck");
  EXPECT_EQ(state_of_status("blocked"), std::nullopt);
}

}  // namespace
}  // namespace evener
