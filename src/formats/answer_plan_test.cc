#include "formats/answer_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::HasSubstr;

constexpr std::string_view two_tasks =
    R"({"tasks": [{"id": "a", "title": "A {brace}"}, {"id": "b", "needs": ["a"]}]})";

std::size_t tasks_in(const std::string& answer) {
  const AnswerPlan found = plan_in_answer(answer);
  EXPECT_TRUE(found.plan) << answer << "\n" << found.problems.front().text();
  return found.plan ? found.plan->tasks.size() : 0;
}

std::string first_problem(std::string_view answer) {
  const AnswerPlan found = plan_in_answer(answer);
  EXPECT_FALSE(found.plan) << answer;
  return found.problems.empty() ? "" : found.problems.front().code;
}

TEST(AnswerPlan, IsFoundByItselfInFencesAndAmongProse) {
  const std::string json(two_tasks);
  EXPECT_EQ(tasks_in(json), 2U);
  EXPECT_EQ(tasks_in("Sure! Here it is:\n```json\n" + json + "\n```\nGood luck {you}."), 2U);
  EXPECT_EQ(tasks_in("~~~\n" + json + "\n~~~"), 2U);
  EXPECT_EQ(tasks_in("The plan is " + json + ", as you asked."), 2U);
  EXPECT_EQ(tasks_in("I use { and }, then: " + json), 2U);
  EXPECT_EQ(tasks_in("A lone { first.\n```json\n" + json), 2U);
  EXPECT_EQ(tasks_in("```toml\n[[task]]\nid = \"a\"\n```"), 1U);
  EXPECT_EQ(tasks_in("[[task]]\nid = \"a\"\n[[task]]\nid = \"b\"\n"), 2U);
}

TEST(AnswerPlan, IsTheLastThatCanBeRead) {
  const std::string draft = R"(First idea: {"tasks": [{"id": "x"}]}. Better: )";
  EXPECT_EQ(plan_in_answer(draft + std::string(two_tasks)).plan->tasks.front().id, "a");
  const std::string late = std::string(two_tasks) + R"( and not {"tasks": [{"idd": "x"}]})";
  EXPECT_EQ(tasks_in(late), 2U);
}

TEST(AnswerPlan, ThatCannotBeReadTellsWhyAndWhere) {
  EXPECT_EQ(first_problem("I cannot help with that."), "plan_missing");
  EXPECT_EQ(first_problem(""), "plan_missing");
  EXPECT_EQ(first_problem(R"({"steps": ["a"]})"), "plan_missing");
  EXPECT_EQ(first_problem(R"({"tasks": [{"id": "a", "estimte": 3}]})"), "unknown_field");
  EXPECT_EQ(first_problem(R"([{"id": "a", "task": 1}])"), "bad_value");
  EXPECT_EQ(first_problem(R"(So: {"tasks": [{"id": "a"}, {"id": )"), "bad_json");
  EXPECT_EQ(first_problem(R"({"tasks": []})"), "empty_plan");
  const AnswerPlan found = plan_in_answer("```json\n{\"tasks\": [{\"id\": 3}]}\n```");
  EXPECT_THAT(found.problems.front().text(), HasSubstr("answer:1:19 tasks[0].id"));
}

TEST(AnswerPlan, HoldsTasksAlone) {
  const std::string tasks = R"("tasks": [{"id": "a"}])";
  EXPECT_EQ(first_problem(R"({"settings": {"retries": 9}, )" + tasks + "}"), "not_asked_for");
  EXPECT_EQ(first_problem(R"({"workers": [{"name": "w"}], )" + tasks + "}"), "not_asked_for");
  EXPECT_EQ(first_problem(R"({"pool": {"name": "p"}, )" + tasks + "}"), "not_asked_for");
}

TEST(AnswerPlan, CostsLittleWhereNothingIsClosed) {
  EXPECT_EQ(first_problem(std::string(1U << 20U, '{')), "plan_missing");
}

TEST(AnswerPlan, HasASchemaOfWhatIsRead) {
  const Json schema = answer_schema();
  EXPECT_EQ(schema.at("properties").as_object().size(), 3U);
  EXPECT_EQ(schema.at("$defs").as_object().size(), 3U);
  EXPECT_EQ(schema.at("$defs").at("task").at("properties").as_object().count("needs"), 1U);
}

}  // namespace
}  // namespace evener
