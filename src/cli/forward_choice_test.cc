#include "cli/forward_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Fact claimed(const std::string& task, const std::string& worker) {
  return {.seq = Seq{1}, .body = TaskClaimed{.task = task, .worker = worker}};
}

TEST(FactChoice, TakesAllIfNothingNarrowsIt) {
  EXPECT_TRUE(FactChoice{}.matches(claimed("build", "ada")));
  EXPECT_TRUE(FactChoice{}.matches({.seq = Seq{1}, .body = ServerOpened{}}));
}

TEST(FactChoice, TakesTheTypesThatWereNamed) {
  const FactChoice choice{.types = {"attempt_failed", "task_claimed"}};
  EXPECT_TRUE(choice.matches(claimed("build", "ada")));
  EXPECT_FALSE(choice.matches({.seq = Seq{1}, .body = TaskHeld{.task = "build"}}));
}

TEST(FactChoice, ComparesTaskAndWorkerWithPatterns) {
  EXPECT_TRUE(FactChoice{.task = "web*"}.matches(claimed("web/login", "ada")));
  EXPECT_TRUE(FactChoice{.worker = "walnut-?"}.matches(claimed("x", "walnut-1")));
  EXPECT_FALSE(FactChoice{.task = "web*"}.matches(claimed("api", "ada")));
  EXPECT_FALSE(FactChoice{.worker = "walnut-?"}.matches(claimed("x", "walnut-12")));
}

TEST(FactChoice, TakesNoFactWithoutATaskWhenATaskIsWanted) {
  EXPECT_FALSE(FactChoice{.task = "*"}.matches({.seq = Seq{1}, .body = ServerOpened{}}));
  EXPECT_TRUE(FactChoice{.task = "*"}.matches({.seq = Seq{1}, .body = TaskAdded{{.id = "x"}}}));
}

TEST(FactTypes, AreThoseThatExist) {
  EXPECT_TRUE(check_fact_types({"task_claimed", "blocker_escalated", "gate_opened"}, "--on").ok());
  EXPECT_TRUE(check_fact_types({}, "--on").ok());
}

TEST(FactTypes, NameWhatIsNear) {
  const Status misspelt = check_fact_types({"task_claimed", "task_climed"}, "--on");
  ASSERT_FALSE(misspelt.ok());
  EXPECT_EQ(misspelt.error().code, "usage");
  EXPECT_THAT(misspelt.error().message, HasSubstr("did you mean task_claimed"));
  EXPECT_THAT(
      check_fact_types({"escalated"}, "--on").error().message,
      AllOf(HasSubstr("did you mean blocker_escalated?"), Not(HasSubstr("pool_created")))
  );
  EXPECT_THAT(
      check_fact_types({"x"}, "--on").error().message,
      AllOf(HasSubstr("known are"), HasSubstr("gate_opened"), HasSubstr("task_added"))
  );
}

}  // namespace
}  // namespace evener
