// What our own plans may say, and what is answered to those that say it wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "formats/plan.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Plan read_toml(std::string_view text) {
  Result<Plan> plan = read_plan(text, "plan.toml");
  EXPECT_TRUE(plan.ok()) << plan.error().text();
  return plan.ok() ? *plan : Plan{};
}

// The first problem of a text, which must have one.
Error problem_of(std::string_view text, const std::string& file = "plan.toml") {
  const Result<Plan> plan = read_plan(text, file);
  EXPECT_FALSE(plan.ok()) << text;
  return plan.ok() ? Error{} : plan.error();
}

constexpr std::string_view whole_plan = R"(
[pool]
name = "restore-services"
goal = "All ten services answer"

[settings]
retries = 5
backoff = "1.5s"

[defaults]
priority = "high"
estimate = "2s"
data = { kind = "restore" }

[[worker]]
name = "gpu-1"
capabilities = ["gpu"]

[[task]]
id = "restore-8000"
title = "Restore the registry"
needs = ["restore-8001", { task = "x", until = "accepted" }]
requires = ["docker"]
estimate = "3m"
deadline = 2026-11-22T18:00:00+02:00
run = """
systemctl start registry
"""
criteria = ["It answers"]
data = { port = 8000, also = [1, 2.5] }

[[task]]
id = "x"
priority = "low"
estimate_ms = 250
)";

TEST(PlanReading, TakesEveryPartOfAPlan) {
  const Plan plan = read_toml(whole_plan);
  EXPECT_EQ(plan.card.name, "restore-services");
  ASSERT_TRUE(plan.settings);
  EXPECT_EQ(plan.settings->retries, 5);
  EXPECT_EQ(plan.settings->backoff_ms, 1500);
  EXPECT_EQ(plan.settings->age_limit_ms, PoolSettings{}.age_limit_ms);
  ASSERT_EQ(plan.workers.size(), 1U);
  EXPECT_THAT(plan.workers[0].capabilities, ElementsAre("gpu"));
  ASSERT_EQ(plan.tasks.size(), 2U);
  const TaskSpec& task = plan.tasks[0];
  EXPECT_THAT(
      task.needs, ElementsAre(Need{"restore-8001", Until::done}, Need{"x", Until::accepted})
  );
  EXPECT_EQ(task.estimate_ms, 180'000);
  EXPECT_EQ(task.deadline_ms, *parse_time("2026-11-22T16:00:00Z"));
  EXPECT_EQ(task.run, "systemctl start registry\n");
  EXPECT_EQ(task.data.text, R"({"port":8000,"also":[1,2.5E0]})");
  EXPECT_TRUE(plan.states.empty());
  EXPECT_TRUE(plan.notices.empty());
}

TEST(PlanReading, AppliesDefaultsOnlyWhereATaskIsSilent) {
  const Plan plan = read_toml(whole_plan);
  EXPECT_EQ(plan.tasks[0].priority, Priority::high);
  EXPECT_EQ(plan.tasks[0].estimate_ms, 180'000);
  EXPECT_EQ(plan.tasks[1].priority, Priority::low);
  EXPECT_EQ(plan.tasks[1].estimate_ms, 250);
  EXPECT_EQ(plan.tasks[1].data.text, R"({"kind":"restore"})");
}

TEST(PlanReading, GivesADefaultDelayOnlyToTasksThatAreMeantForSomebody) {
  const Plan plan = read_toml(
      "[defaults]\nassignee_delay = '1m'\n[[task]]\nid = 'a'\n[[task]]\nid = 'b'\n"
      "assignee = 'role:reviewer'\n"
  );
  EXPECT_EQ(plan.tasks[0].assignee_delay_ms, std::nullopt);
  EXPECT_EQ(plan.tasks[1].assignee_delay_ms, 60'000);
}

TEST(PlanReading, LetsNullInJsonSwitchADefaultOff) {
  const auto plan = read_plan(
      R"({"defaults":{"estimate":"1m"},"tasks":[{"id":"a"},{"id":"b","estimate":null}]})", "p.json"
  );
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_EQ(plan->tasks[0].estimate_ms, 60'000);
  EXPECT_EQ(plan->tasks[1].estimate_ms, std::nullopt);
}

TEST(PlanReading, PutsSubtasksBehindTheirParent) {
  const Plan plan = read_toml(R"(
[[task]]
title = "Ship it"
[[task.subtask]]
id = "build"
[[task.subtask.subtask]]
id = "compile"
[[task.subtask]]
id = "upload"
parent = "ship-it"
[[task]]
id = "celebrate"
)");
  std::vector<std::pair<std::string, std::string>> found;
  for (const TaskSpec& task : plan.tasks) found.emplace_back(task.id, task.parent);
  using P = std::pair<std::string, std::string>;
  EXPECT_THAT(
      found,
      ElementsAre(
          P("ship-it", ""),
          P("build", "ship-it"),
          P("compile", "build"),
          P("upload", "ship-it"),
          P("celebrate", "")
      )
  );
}

TEST(PlanReading, ReadsTheSameFieldsFromJson) {
  const auto plan = read_plan(
      R"({"$schema": "plan.schema.json", "pool": {"name": "p"}, "settings": {"backoff": "1s"},
          "workers": [{"name": "w", "slots": 2}],
          "tasks": [{"id": "a", "subtasks": [{"id": "b", "deadline": "2026-11-22T18:00:00Z"}]}]})",
      "plan.json"
  );
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_EQ(plan->workers.at(0).slots, 2);
  EXPECT_EQ(plan->settings->backoff_ms, 1000);
  EXPECT_EQ(plan->tasks.at(1).parent, "a");
  EXPECT_EQ(plan->tasks.at(1).deadline_ms, *parse_time("2026-11-22T18:00:00Z"));
}

TEST(PlanReading, AcceptsAByteOrderMarkAndDosLines) {
  const Plan plan = read_toml("\xEF\xBB\xBF[[task]]\r\nid = \"a\"\r\nrun = \"x\"\r\n");
  EXPECT_EQ(plan.tasks.at(0).run, "x");
  const auto json = read_plan("\xEF\xBB\xBF{\r\n\"tasks\": [{\"id\": \"a\"}]\r\n}\r\n", "p.json");
  EXPECT_TRUE(json.ok()) << json.error().text();
}

TEST(PlanReading, TakesDataAsJsonTextForWhatTomlCannotSay) {
  const Plan plan = read_toml("[[task]]\nid = 'a'\ndata_json = '{\"b\": null, \"a\": 1}'\n");
  EXPECT_EQ(plan.tasks.at(0).data.text, R"({"b":null,"a":1})");
}

TEST(PlanReading, KeepsTimesInDataAsText) {
  const Plan plan = read_toml(
      "[[task]]\nid = 'a'\n[task.data]\nz = 2026-11-22T18:00:00.250Z\nd = 2026-11-22\n"
      "t = 07:30:00\nl = 2026-11-22T18:00:00-03:30\n"
  );
  EXPECT_EQ(
      plan.tasks.at(0).data.text,
      R"({"z":"2026-11-22T18:00:00.25Z","d":"2026-11-22","t":"07:30:00",)"
      R"("l":"2026-11-22T18:00:00-03:30"})"
  );
}

struct BadPlan {
  std::string text;
  std::string code;
  std::string where;    // behind "plan.toml"
  std::string message;  // a part of it
};

void PrintTo(const BadPlan& plan, std::ostream* out) {
  *out << testing::PrintToString(plan.text.substr(0, 200));
}

class BadToml : public testing::TestWithParam<BadPlan> {};

TEST_P(BadToml, IsRefusedWithItsPlaceAndWhatWasExpected) {
  const Error error = problem_of(GetParam().text);
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_EQ(error.where, "plan.toml" + GetParam().where);
  EXPECT_THAT(error.message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    PlanReading,
    BadToml,
    testing::Values(
        BadPlan{"", "empty_plan", "", "empty"},
        BadPlan{" \n\t\r\n", "empty_plan", "", "empty"},
        BadPlan{"# nothing yet\n", "empty_plan", ":1:1", "says nothing"},
        BadPlan{"[[task]]\nid = \n", "bad_toml", ":2:6", ""},
        BadPlan{"a = 1\na = 2\n", "bad_toml", ":2:5", "redefine"},
        BadPlan{"[[task]]\nid = \"\xFF\"\n", "bad_utf8", ":2:7", "0xff"},
        BadPlan{"title = \"\xC0\xAF\"\n", "bad_utf8", ":1:10", "0xc0"},
        BadPlan{"title = \"\xED\xA0\x80\"\n", "bad_utf8", ":1:10", "0xed"},
        BadPlan{std::string("\xFF\xFE[\0", 4), "bad_utf8", "", "UTF-16"},
        BadPlan{"[[tasks]]\nid = 'a'\n[[task]]\nid = 'b'\n", "bad_value", ":1:1 tasks", "both"},
        BadPlan{
            "[[task]]\nid = 'a'\nrequires = ['gpu', 'ram>64']\n",
            "bad_capability",
            ":3:20 task[0].requires[1]",
            "expected NAME, NAME=VALUE, NAME>=NUMBER"
        },
        BadPlan{
            "[[worker]]\nname = 'w'\ncapabilities = ['ram>=64']\n",
            "bad_capability",
            ":3:17 worker[0].capabilities[0]",
            "expected what is there"
        },
        BadPlan{"[[tsk]]\nid = 'a'\n", "unknown_field", ":1:1 tsk", "did you mean 'task'?"},
        BadPlan{
            "[[task]]\nid = 'é'\n\n[[task]]\nid = 'b'\nestimte = '3m'\n",
            "bad_id",
            ":2:6 task[0].id",
            "is no id"
        },
        BadPlan{
            "[[task]]\nid = 'a'\nestimte = '3m'\n",
            "unknown_field",
            ":3:11 task[0].estimte",
            "did you mean 'estimate'?"
        },
        BadPlan{
            "[[task]]\nid = 'a'\n'a.b[0]' = 1\n", "unknown_field", ":1:1 task[0].a.b[0]", "no field"
        },
        BadPlan{"[[task]]\nid = 7\n", "bad_value", ":2:6 task[0].id", "expected a text, found 7"},
        BadPlan{
            "[[task]]\nid = 'a'\nneeds = ['b', { task = 'c', until = 'soon' }]\n",
            "bad_value",
            ":3:37 task[0].needs[1].until",
            "one of done, accepted, integrated"
        },
        BadPlan{
            "[[task]]\nid = 'a'\nestimate = 180\n",
            "bad_value",
            ":3:12 task[0].estimate",
            "milliseconds go in estimate_ms"
        },
        BadPlan{
            "[[task]]\nid = 'a'\nestimate = 'soon'\n",
            "bad_duration",
            ":3:12 task[0].estimate",
            "expected e.g. 30s"
        },
        BadPlan{
            "[[task]]\nid = 'a'\nestimate = '3m'\nestimate_ms = 1\n",
            "bad_value",
            ":3:12 task[0].estimate",
            "both"
        },
        BadPlan{
            "[[task]]\nid = 'a'\nestimate = '9999d'\n",
            "bad_value",
            ":3:12 task[0].estimate",
            "315360000000 milliseconds"
        },
        BadPlan{
            "[[task]]\nid = 'a'\ndeadline = 2026-11-22T18:00:00\n",
            "bad_time",
            ":3:12 task[0].deadline",
            "2026-11-21T12:00:30Z"
        },
        BadPlan{
            "[settings]\ndefault_estimate = '0s'\n",
            "bad_value",
            ":2:20 settings.default_estimate",
            "1 to"
        },
        BadPlan{
            "[[task]]\nid = 'a'\n\n[[task]]\nid = 'b'\n\n[[task]]\nid = 'a'\n",
            "duplicate_id",
            ":7:1 task[2]",
            "the first is at line 1"
        },
        BadPlan{
            "[[task]]\ntitle = 'Fix it'\n[[task]]\ntitle = 'Fix it!'\n",
            "duplicate_id",
            ":3:1 task[1]",
            "made from its title, is 'fix-it'; the first is at line 1"
        },
        BadPlan{
            "[[worker]]\nname = 'w'\n[[worker]]\nname = 'w'\n",
            "duplicate_id",
            ":3:1 worker[1]",
            "a second worker 'w'"
        },
        BadPlan{"[[worker]]\nteam = 'w'\n", "missing_field", ":1:1 worker[0]", "'name'"},
        BadPlan{"[[task]]\nrun = 'x'\n", "missing_field", ":1:1 task[0]", "an 'id' or a 'title'"},
        BadPlan{"[defaults]\nid = 'x'\n", "bad_value", ":2:6 defaults.id", "its own id"},
        BadPlan{
            "[defaults]\npriority = 'hi'\n[[task]]\nid = 'a'\n",
            "bad_value",
            ":2:12 defaults.priority",
            "urgent, high"
        },
        BadPlan{
            "[[task]]\nid = 'a'\n[[task.subtask]]\nid = 'b'\nparent = 'c'\n",
            "bad_value",
            ":5:10 task[0].subtask[0].parent",
            "stands under 'a'"
        },
        BadPlan{"task = 5\n", "bad_value", ":1:8 task", "expected a list"},
        BadPlan{"[[task]]\nid = 'a'\ndata = { x = nan }\n", "bad_value", ":3:14", "finite number"},
        BadPlan{
            "[[task]]\nid = 'a'\ndata_json = '{'\n",
            "bad_json",
            ":3:13 task[0].data_json",
            "no valid JSON"
        },
        BadPlan{
            "[[task]]\nid = 'a'\ndata_json = '{\"x\":1e999}'\n",
            "bad_json",
            ":3:13 task[0].data_json",
            "no valid JSON"
        },
        BadPlan{
            "[[task]]\nid = 'a'\ntitle = '" + std::string(513, 'x') + "'\n",
            "too_large",
            ":3:9 task[0].title",
            "at most 512"
        },
        BadPlan{
            "[[task]]\nid = 'a'\ndata = " + std::string(18, '[') + std::string(18, ']') + "\n",
            "too_deep",
            ":3:8 task[0].data",
            "16 levels"
        }
    )
);

TEST(PlanReading, ReportsEveryProblemOfAFile) {
  const std::vector<Error> problems = plan_problems(
      "[pool]\nnam = 'x'\ngaol = 'y'\n[[task]]\nid = 'a b'\n[[task]]\nid = 'c'\nretries = -1\n",
      "plan.toml"
  );
  std::vector<std::string> places;
  for (const Error& problem : problems) places.push_back(problem.where);
  EXPECT_THAT(
      places,
      ElementsAre(
          "plan.toml:2:7 pool.nam",
          "plan.toml:3:8 pool.gaol",
          "plan.toml:5:6 task[0].id",
          "plan.toml:8:11 task[1].retries"
      )
  );
}

TEST(PlanReading, StopsCountingProblemsAtAHundred) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "[[task]]\nid = '!'\n";
  EXPECT_EQ(plan_problems(text, "plan.toml").size(), 100U);
}

TEST(PlanReading, NamesLinesInJsonToo) {
  const std::string text =
      "{\n \"pool\": {\"people\": [\"a \\\"quoted\\\" {one\"]},\n"
      " \"tasks\": [\n  {\"id\": \"é\\\\\", \"run\": \"x\"},\n"
      "  {\"id\": \"b\", \"estimate\": \"3m\", \"retries\": \"two\"}\n ]}\n";
  const std::vector<Error> problems = plan_problems(text, "plan.json");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].where, "plan.json:4:10 tasks[0].id");
  EXPECT_EQ(problems[1].where, "plan.json:5:44 tasks[1].retries");
  EXPECT_EQ(problem_of("{\"tasks\": [\n{\"id\" 1}]}", "p.json").where, "p.json:2:7");
  EXPECT_EQ(problem_of("{\"tasks\": [", "p.json").code, "bad_json");
}

TEST(PlanReading, RefusesDeepNestingBeforeTheParserRunsOutOfStack) {
  std::string key = "a";
  for (int i = 0; i < 200'000; ++i) key += ".a";
  EXPECT_EQ(problem_of(key + " = 1\n").code, "too_deep");
  EXPECT_EQ(problem_of("[" + key + "]\n").code, "too_deep");
  EXPECT_EQ(problem_of("a = " + std::string(100'000, '[')).code, "too_deep");
  EXPECT_EQ(problem_of("{\"tasks\":" + std::string(100'000, '[') + "}", "p.json").code, "too_deep");
  const std::string dots = "[[task]]\nid = 'a'\ntitle = '" + std::string(100, '.') +
                           "'\ndescription = \"\"\"\n[[[\"" + std::string(100, '.') +
                           "\\\"\"\"\" # it's " + std::string(100, '.') + "\n";
  EXPECT_EQ(read_toml(dots).tasks.size(), 1U);
}

TEST(PlanReading, RefusesAFileBeyondItsBound) {
  const std::string text(longest_plan_bytes + 1, '#');
  EXPECT_EQ(problem_of(text).code, "too_large");
}

TEST(PlanReading, KnowsFormatsByNameAndContent) {
  const std::string toml = "# a plan\n[[task]]\nid = 'a'\n";
  EXPECT_TRUE(read_plan(toml, "-").ok());
  EXPECT_TRUE(read_plan(toml, "dir.d/plan").ok());
  EXPECT_TRUE(read_plan(R"({"tasks": [{"id": "a"}]})", "-").ok());
  EXPECT_TRUE(read_plan(R"({"tasks": [{"id": "a"}]})", "PLAN.JSON").ok());
  EXPECT_TRUE(read_plan("{\"id\": \"a\"}\n{\"id\": \"b\"}\n", "-").ok());
  EXPECT_EQ(read_plan("{\"id\": \"a\"}\n{\"id\": \"b\"}\n", "pool.json")->tasks.size(), 2U);
  EXPECT_EQ(read_plan(R"({"task_pool": [{"id": "a"}]})", "pool.json")->tasks.size(), 1U);
  EXPECT_EQ(
      read_plan(R"({"tasks": {"a": {"status": "completed"}}})", "board.json")->states.size(), 1U
  );
  EXPECT_TRUE(read_plan("{\"tasks\": []}", "odd.name", PlanFormat::json).ok());
}

TEST(PlanReading, ListsTheFormatsItKnowsWhenAFileHasNone) {
  for (const auto& [text, file] : std::vector<std::pair<std::string, std::string>>{
           {"tasks:\n  - id: a\n", "plan.yaml"}, {"Dear pool,\n", "letter.txt"}, {"{}", "p.json"}
       }) {
    const Error error = problem_of(text, file);
    EXPECT_EQ(error.code, "unknown_format") << file;
    EXPECT_EQ(error.where, file);
    EXPECT_THAT(error.message, HasSubstr("task_pool"));
  }
}

TEST(PlanReading, ReadsTenThousandTasksQuickly) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += fmt::format(
        "[[task]]\nid = \"t-{}\"\ntitle = \"Task number {}\"\nneeds = [\"t-{}\"]\n"
        "estimate = \"3m\"\ndata = {{ port = {} }}\n",
        i,
        i,
        i / 2 + 1,
        i
    );
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(read_toml(text).tasks.size(), 10'000U);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took, std::chrono::seconds(10));  // under sanitizers, on a busy machine
}

TEST(PlanFormats, AreToldByTheNameAndTheText) {
  EXPECT_EQ(plan_format("[[task]]\nid = \"a\"\n", "-"), PlanFormat::toml);
  EXPECT_EQ(plan_format(R"({"tasks": []})", "plan.json"), PlanFormat::json);
  EXPECT_EQ(plan_format(R"({"task_pool": []})", "pool.json"), PlanFormat::framework_json);
  EXPECT_EQ(plan_format("# Plan\n", "plan.md"), PlanFormat::markdown);
  EXPECT_EQ(plan_format("a: 1\n", "plan.yaml"), PlanFormat::detect);
  EXPECT_EQ(plan_format("# Plan\n", "plan.md", PlanFormat::toml), PlanFormat::toml);
}

}  // namespace
}  // namespace evener
