#include "views/plan_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

TaskSpec minute_task(std::string id, std::vector<std::string> needs = {}) {
  TaskSpec task{.id = std::move(id)};
  for (std::string& need : needs) task.needs.push_back({std::move(need)});
  task.estimate_ms = 60'000;
  return task;
}

std::string text_of_plan(const std::vector<TaskSpec>& tasks) {
  return plan_text("plan.toml", examine_plan({.tasks = tasks}), Style{.width = 0});
}

TEST(PlanText, SaysFindingsAndFigures) {
  const std::string text = text_of_plan(
      {minute_task("a"), minute_task("b", {"a"}), minute_task("c", {"a", "b"}), minute_task("d")}
  );
  EXPECT_THAT(text, HasSubstr("plan.toml: 0 errors, 4 warnings\n"));
  EXPECT_THAT(
      text,
      HasSubstr("warning need_redundant  c\n"
                "  c waits for this anyway: a (it comes before b)\n"
                "  try: evener edit c --drop-need a\n")
  );
  EXPECT_THAT(text, HasSubstr("4 of 4 tasks say no criteria"));
  EXPECT_THAT(text, HasSubstr("longest path    3m 0s: a -> b -> c\n"));
  EXPECT_THAT(text, HasSubstr("ideal speed-up  1.33"));
  EXPECT_THAT(text, HasSubstr("best number     2 workers: done in 3m 0s\n"));
  EXPECT_THAT(text, HasSubstr("sequential"));
}

TEST(PlanText, ShowsTheFirstOfMany) {
  std::vector<TaskSpec> tasks{minute_task("a"), minute_task("b", {"a"})};
  for (int i = 0; i < 30; ++i) tasks.push_back(minute_task(fmt::format("t{}", i), {"a", "b"}));
  const std::string text = text_of_plan(tasks);
  EXPECT_THAT(text, HasSubstr("20 more need_redundant; --json has all\n"));
  EXPECT_THAT(text, HasSubstr("a, b, t0, t1, t2, t3 and 26 more\n"));
}

TEST(PlanText, HasNoFiguresOfACycle) {
  const std::string text = text_of_plan({minute_task("a", {"b"}), minute_task("b", {"a"})});
  EXPECT_THAT(
      text, HasSubstr("error cycle  a, b\n  each waits for the next, for ever: a -> b -> a\n")
  );
  EXPECT_THAT(text, HasSubstr("no figures: mend this first\n"));
}

TEST(PlanText, MovesNoCursor) {
  EXPECT_THAT(plan_text("a\x1b[2Jb", examine_plan({}), Style{.width = 0}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace evener
