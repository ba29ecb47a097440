// tasks.json, both ways: what becomes of each field, and that nothing is lost on the way back.
#include "formats/task_master.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/status_words.h"
#include "formats/test_plan.h"
#include "model/filled.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view tagged = R"({
  "master": {
    "tasks": [
      {
        "id": 1,
        "title": "Draw the harness",
        "description": "On paper",
        "status": "done",
        "dependencies": [],
        "priority": "high",
        "details": "Use the blue ink",
        "testStrategy": "Look at it",
        "subtasks": []
      },
      {
        "id": 5,
        "title": "Stitch it",
        "description": "",
        "details": "",
        "testStrategy": "",
        "priority": "critical",
        "dependencies": [1],
        "status": "in-progress",
        "assignee": "walnut-1",
        "complexity": 7,
        "subtasks": [
          {"id": 1, "title": "Cut", "description": "", "dependencies": [], "details": "",
           "status": "completed"},
          {"id": 2, "title": "Sew", "description": "", "dependencies": [1, "6.1"], "details": "",
           "status": "pending"},
          {"id": 3, "title": "Wax", "dependencies": ["5.2", 1, 6], "status": "blocked"}
        ]
      },
      {"id": "6", "title": "Fit it", "status": "deferred", "dependencies": [],
       "subtasks": [{"id": 1, "title": "Try", "status": "review"}]}
    ],
    "metadata": {"created": "2025-05-31T17:52:00Z", "description": "Horses"}
  }
})";

Plan read_task_master_text(std::string_view text) {
  return plan_in(text, "tasks.json");
}

std::vector<std::string> needs(const Plan& plan, std::string_view id) {
  std::vector<std::string> ids;
  for (const Need& need : task(plan, id).needs) ids.push_back(need.task);
  return ids;
}

// Written as the plan's own states say.
std::string written(const Plan& plan) {
  std::map<std::string, std::string> states;
  for (const ImportedState& state : plan.states) states[state.task] = state.status;
  return write_task_master(plan, states);
}

// Tasks as text: what differs can be read.
std::vector<std::string> texts(const Plan& plan) {
  std::vector<std::string> all;
  for (const TaskSpec& spec : plan.tasks) all.push_back(to_json_text(spec));
  return all;
}

TEST(TaskMaster, IsKnownByItsContent) {
  EXPECT_EQ(read_task_master_text(tagged).tasks.size(), 7U);
  EXPECT_EQ(read_task_master_text(R"({"tasks": [{"id": 1, "title": "a"}]})").tasks.at(0).id, "1");
  EXPECT_EQ(
      read_task_master_text(R"({"tasks": [{"id": "a", "title": "ours"}]})").tasks.at(0).data.text,
      ""
  );
  EXPECT_THAT(read_plan("{\"x\": {\"y\": 1}}", "t.json").error().code, "unknown_format");
}

TEST(TaskMaster, GivesSubtasksTheIdsThatItWritesThemWith) {
  const Plan plan = read_task_master_text(tagged);
  EXPECT_THAT(
      plan.tasks,
      ElementsAre(
          Field(&TaskSpec::id, "1"),
          Field(&TaskSpec::id, "5"),
          Field(&TaskSpec::id, "5.1"),
          Field(&TaskSpec::id, "5.2"),
          Field(&TaskSpec::id, "5.3"),
          Field(&TaskSpec::id, "6"),
          Field(&TaskSpec::id, "6.1")
      )
  );
  EXPECT_EQ(task(plan, "5.2").parent, "5");
  EXPECT_EQ(task(plan, "5").phase, "");
  EXPECT_THAT(plan.planned_phases, IsEmpty());
}

TEST(TaskMaster, ReadsABareDependencyOfASubtaskAsASiblingIfThereIsOne) {
  const Plan plan = read_task_master_text(tagged);
  EXPECT_THAT(needs(plan, "5"), ElementsAre("1"));
  EXPECT_THAT(needs(plan, "5.2"), ElementsAre("5.1", "6.1"));
  EXPECT_THAT(needs(plan, "5.3"), ElementsAre("5.2", "5.1", "6"));
}

TEST(TaskMaster, MapsStatesByTheTable) {
  const Plan plan = read_task_master_text(tagged);
  EXPECT_EQ(status(plan, "1"), "done");
  EXPECT_EQ(status(plan, "5"), "running");
  EXPECT_EQ(status(plan, "5.1"), "done");
  EXPECT_EQ(status(plan, "5.2"), "ready");
  EXPECT_EQ(status(plan, "5.3"), "held");
  EXPECT_EQ(status(plan, "6"), "held");
  EXPECT_EQ(status(plan, "6.1"), "reviewing");
  EXPECT_EQ(plan.states.at(1).worker, "walnut-1");
  EXPECT_EQ(plan.states.at(4).word, "blocked");
}

TEST(TaskMaster, MapsFieldsByTheTable) {
  const Plan plan = read_task_master_text(tagged);
  EXPECT_EQ(task(plan, "1").description, "On paper");
  EXPECT_EQ(task(plan, "1").context, "Use the blue ink");
  EXPECT_EQ(task(plan, "1").priority, Priority::high);
  EXPECT_EQ(task(plan, "5").priority, Priority::urgent);
  EXPECT_EQ(task(plan, "5.1").priority, Priority::normal);
  EXPECT_EQ(task(plan, "5").assignee, "walnut-1");
  EXPECT_THAT(
      task(plan, "1").data.text, HasSubstr(R"("task_master":{"testStrategy":"Look at it"})")
  );
  EXPECT_THAT(task(plan, "5").data.text, HasSubstr(R"("complexity":7)"));
}

TEST(TaskMaster, ReadsChecklistsAndFiles) {
  const Plan plan = read_task_master_text(R"({"tasks": [
    {"id": 1, "title": "a", "acceptanceCriteria": ["x", "y"], "relevantFiles": ["src/a.cc"]},
    {"id": 2, "title": "b", "acceptanceCriteria": "x, y",
     "relevantFiles": [{"path": "src/b.cc", "action": "modify"}]}]})");
  EXPECT_THAT(task(plan, "1").criteria, ElementsAre("x", "y"));
  EXPECT_THAT(task(plan, "1").paths, ElementsAre("src/a.cc"));
  EXPECT_THAT(task(plan, "2").criteria, IsEmpty());
  EXPECT_THAT(task(plan, "2").paths, ElementsAre("src/b.cc"));
  EXPECT_THAT(task(plan, "2").data.text, HasSubstr(R"("acceptanceCriteria":"x, y")"));
  EXPECT_THAT(task(plan, "2").data.text, HasSubstr(R"("action":"modify")"));
  const std::string text = written(plan);
  EXPECT_THAT(text, HasSubstr(R"("acceptanceCriteria": "x, y")"));
  EXPECT_THAT(text, HasSubstr(R"("action": "modify")"));
}

TEST(TaskMaster, MakesTagsPhasesAndKeepsTheirTasksApart) {
  const Plan plan = read_task_master_text(R"({
    "master": {"tasks": [{"id": 1, "title": "a"}, {"id": 2, "title": "b", "dependencies": [1]}]},
    "feature-x": {"tasks": [{"id": 1, "title": "c"},
                            {"id": 2, "title": "d", "dependencies": ["1"],
                             "subtasks": [{"id": 1, "title": "e"}]}]}})");
  EXPECT_THAT(
      plan.tasks,
      ElementsAre(
          Field(&TaskSpec::id, "1"),
          Field(&TaskSpec::id, "2"),
          Field(&TaskSpec::id, "feature-x:1"),
          Field(&TaskSpec::id, "feature-x:2"),
          Field(&TaskSpec::id, "feature-x:2.1")
      )
  );
  EXPECT_THAT(needs(plan, "2"), ElementsAre("1"));
  EXPECT_THAT(needs(plan, "feature-x:2"), ElementsAre("feature-x:1"));
  EXPECT_EQ(task(plan, "feature-x:2.1").parent, "feature-x:2");
  EXPECT_EQ(task(plan, "1").phase, "master");
  EXPECT_EQ(task(plan, "feature-x:2.1").phase, "feature-x");
  EXPECT_THAT(
      plan.planned_phases,
      ElementsAre(Field(&PlannedPhase::id, "master"), Field(&PlannedPhase::id, "feature-x"))
  );
}

TEST(TaskMaster, MakesNoPhaseOfATagThatNoTaskHasForOne) {
  Plan plan;
  plan.tasks = {{.id = "a", .title = "A"}, {.id = "b", .title = "B", .phase = "later"}};
  const Plan second = read_task_master_text(write_task_master(plan, {}));
  EXPECT_EQ(task(second, "a").phase, "");
  EXPECT_THAT(second.planned_phases, ElementsAre(Field(&PlannedPhase::id, "later")));
}

TEST(TaskMaster, ReadsAWordThatItDoesNotKnowAsPendingAndSaysSo) {
  const Plan plan =
      read_task_master_text(R"({"tasks": [{"id": 1, "title": "a", "status": "someday"}]})");
  EXPECT_THAT(plan.states, IsEmpty());
  EXPECT_THAT(plan.notices, ElementsAre(HasSubstr("task 1: 'status' is 'someday'")));
  EXPECT_THAT(written(plan), HasSubstr(R"("status": "someday")"));
}

// ---- back --------------------------------------------------------------------------------------

TEST(TaskMaster, WritesWhatItHasRead) {
  for (const std::string_view text : {
           tagged,
           std::string_view(R"({"tasks": [{"id": 2, "title": "b", "mood": {"x": [1, null]}},
             {"id": "1", "title": "a", "subtasks": [{"id": 2, "title": "z"}, {"id": 1,
              "title": "y", "parentTaskId": 1, "priority": "low"}]}], "version": 3})"),
           std::string_view(R"({"feature": {"tasks": [{"id": 1, "title": "a", "assignee": "Jo B"}],
             "metadata": {"n": 1}}, "empty": {"tasks": [], "metadata": {}}, "_v": "2",
             "My tag": {"tasks": [{"id": "HAM-3", "title": "b", "details": null}]}})"),
       }) {
    const Plan plan = read_task_master_text(text);
    const Result<Json> again = parse_json(written(plan));
    ASSERT_TRUE(again.ok());
    const Plan second = read_task_master_text(written(plan));
    EXPECT_EQ(texts(second), texts(plan)) << written(plan);
    EXPECT_EQ(written(second), written(plan));
  }
}

TEST(TaskMaster, LosesNoFieldOfTheFile) {
  const std::string text = written(read_task_master_text(tagged));
  EXPECT_THAT(text, HasSubstr(R"("created": "2025-05-31T17:52:00Z")"));
  EXPECT_THAT(text, HasSubstr(R"("complexity": 7)"));
  EXPECT_THAT(text, HasSubstr(R"("id": "6")"));
  EXPECT_THAT(text, HasSubstr(R"("testStrategy": "Look at it")"));
  EXPECT_THAT(text, HasSubstr(R"("status": "completed")"));
  const std::string untagged =
      written(read_task_master_text(R"({"tasks": [{"id": 1}], "meta": {"k": 2}})"));
  EXPECT_THAT(untagged, testing::StartsWith("{\n  \"tasks\": ["));
  EXPECT_THAT(untagged, HasSubstr(R"("k": 2)"));
}

TEST(TaskMaster, WritesTheStateThatATaskHasNow) {
  const Plan plan = read_task_master_text(tagged);
  const std::string text = write_task_master(
      plan, {{"1", "cancelled"}, {"5", "ready"}, {"5.2", "failed"}, {"5.3", "held"}, {"6", "done"}}
  );
  const Plan second = read_task_master_text(text);
  EXPECT_EQ(stated_word(task(second, "1")), "cancelled");
  EXPECT_EQ(stated_word(task(second, "5")), "in-progress");
  EXPECT_EQ(stated_word(task(second, "5.2")), "blocked");
  EXPECT_EQ(stated_word(task(second, "5.3")), "blocked");
  EXPECT_EQ(stated_word(task(second, "6")), "done");
}

TEST(TaskMaster, KeepsWhatItHasNoFieldForInItsMetadata) {
  Plan plan;
  TaskSpec release{.id = "release", .title = "Release 2.0"};
  release.run = "make dist";
  release.labels = {"nightly"};
  release.criteria = {"it runs"};
  release.paths = {"src/**"};
  release.data.text = R"({"port":8000})";
  TaskSpec build{.id = "build", .title = "Build", .parent = "release"};
  build.priority = Priority::urgent;
  build.estimate_ms = 60'000;
  TaskSpec deep{.id = "build.1", .title = "Deep", .parent = "build"};
  TaskSpec audit{.id = "audit", .title = "Audit", .phase = "later"};
  audit.needs = {{"release", Until::accepted}, {"build.1", Until::done}};
  TaskSpec three{.id = "3", .title = "Three", .phase = "master"};
  three.data.text = "[1,2]";
  plan.tasks = {release, build, deep, audit, three};
  const std::string text = write_task_master(plan, {});
  const Plan second = read_task_master_text(text);
  for (const TaskSpec& spec : plan.tasks) {
    EXPECT_EQ(to_json_text(task(second, spec.id)), to_json_text(spec)) << text;
  }
  EXPECT_THAT(text, HasSubstr(R"("evener")"));
}

TEST(TaskMaster, KeepsEveryFieldOfATask) {
  TaskSpec filled;
  int number = 0;
  fill_object(filled, number);
  filled.parent.clear();
  filled.secrets = {"DEPLOY_KEY", "TOKEN_2"};  // names that are given to variables
  Plan plan;
  plan.tasks = {filled, TaskSpec{.id = "below", .title = "Below", .parent = filled.id}};
  const Plan second = read_task_master_text(write_task_master(plan, {}));
  ASSERT_EQ(second.tasks.size(), 2U);
  EXPECT_EQ(texts(second), texts(plan));
}

TEST(TaskMaster, WritesAnEmptyPool) {
  EXPECT_EQ(written(Plan{}), "{\n  \"master\": {\n    \"tasks\": []\n  }\n}\n");
}

// ---- what is refused ---------------------------------------------------------------------------

struct WrongTasks {
  std::string_view text;
  std::string_view code;
  std::string_view where;
};

TEST(TaskMaster, RefusesAFileWithOneErrorThatNamesItsLine) {
  constexpr std::array wrongs{
      WrongTasks{
          "{\"tasks\": [\n{\"id\": 1, \"dependencies\": [9]}]}", "need_missing", "t.json:2:"
      },
      WrongTasks{
          "{\"tasks\": [\n{\"id\": 1, \"dependencies\": [2]},\n{\"id\": 2, \"dependencies\": "
          "[1]}]}",
          "cycle",
          "t.json:2:"
      },
      WrongTasks{"{\"tasks\": [{\"id\": 1},\n{\"id\": \"1\"}]}", "duplicate_id", "t.json:2:1"},
      WrongTasks{"{\"tasks\": [{\"id\": 1,\n\"dependencies\": 3}]}", "bad_value", "t.json:2:"},
      WrongTasks{"{\"tasks\": [{\"id\": 1},\n3]}", "bad_value", "t.json:2:1"},
      WrongTasks{"{\"tasks\": [{\"id\": 1},\n{\"title\": \"x\"}]}", "missing_field", "t.json:2:1"},
      WrongTasks{"{\"tasks\": [{\"id\": \"a b\"}]}", "bad_id", "t.json:1:"},
      WrongTasks{"{\"tasks\": [{\"id\": 1, \"subtasks\": {}}]}", "bad_value", "t.json:1:"},
      WrongTasks{
          "{\"tasks\": [{\"id\": 1, \"subtasks\": [\n{\"id\": 2, \"dependencies\": [1]}]}]}",
          "cycle",
          "t.json:"
      },
      WrongTasks{"{\"tasks\": {}}", "bad_value", "t.json:1:"},
      WrongTasks{"[1]", "bad_value", "t.json:1:1"},
      WrongTasks{"{\"tasks\": [", "bad_json", "t.json:1:"},
      WrongTasks{"", "empty_plan", "t.json"},
  };
  for (const WrongTasks& wrong : wrongs) {
    const auto plan = read_plan(wrong.text, "t.json", PlanFormat::task_master);
    ASSERT_FALSE(plan.ok()) << wrong.text;
    EXPECT_EQ(plan.error().code, wrong.code) << plan.error().text();
    EXPECT_THAT(plan.error().where, testing::StartsWith(std::string(wrong.where)));
  }
}

TEST(TaskMaster, ReadsTenThousandTasksInAChain) {
  std::string text = "{\"tasks\": [";
  for (int i = 1; i <= 10'000; ++i) {
    text += fmt::format(
        "{}{{\"id\": {}, \"title\": \"t\", \"dependencies\": [{}]}}",
        i == 1 ? "" : ",",
        i,
        i == 10'000 ? "" : std::to_string(i + 1)
    );
  }
  EXPECT_EQ(read_task_master_text(text + "]}").tasks.size(), 10'000U);
}

TEST(TaskMaster, KeepsTheTotalsThatATagStates) {
  const Plan plan = read_task_master_text(R"({
    "master": {"tasks": [{"id": 1, "title": "Cut", "status": "done"}],
               "metadata": {"taskCount": 32, "completedCount": 18}},
    "later": {"tasks": [{"id": 1, "title": "Sew"}], "metadata": {"taskCount": "many"}}
  })");
  ASSERT_EQ(plan.measures.size(), 1U);
  EXPECT_EQ(plan.measures[0].name, "master");
  EXPECT_EQ(plan.measures[0].counted, Counted::tasks);
  EXPECT_EQ(plan.measures[0].part, 18);
  EXPECT_EQ(plan.measures[0].whole, 32);
  EXPECT_EQ(plan.measures[0].line, 3);
}

}  // namespace
}  // namespace evener
