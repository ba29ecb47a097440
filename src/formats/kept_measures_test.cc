#include "formats/kept_measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evener {
namespace {

using testing::ElementsAre;

// "name value/of unit ^goal", as much of it as there is.
std::string said(const MeasureSpec& measure) {
  std::string out = measure.name;
  if (measure.value) out += " " + format_decimal(*measure.value);
  if (measure.of) out += "/" + format_decimal(*measure.of);
  if (!measure.unit.empty()) out += " " + measure.unit;
  const bool is_down = measure.direction == Direction::down;
  if (measure.goal) out += (is_down ? " v" : " ^") + format_decimal(*measure.goal);
  return out;
}

std::vector<std::string> kept(const std::string& markdown) {
  const Result<Plan> plan = read_plan(markdown, "STATUS.md");
  EXPECT_TRUE(plan.ok());
  std::vector<std::string> out;
  for (const MeasureSpec& measure : kept_measures(plan->measures).measures) {
    out.push_back(said(measure));
  }
  return out;
}

TEST(KeptMeasures, AreTheTotalsThatATextStates) {
  EXPECT_THAT(
      kept("# Status\n\n## Completion Rates\n\n"
           "- **Overall Project**: 56.25% (18/32 main tasks completed)\n"
           "- **Subtask Progress**: 41% (12/29 subtasks completed)\n"),
      ElementsAre("Overall Project 18/32 tasks", "Subtask Progress 12/29 subtasks")
  );
}

TEST(KeptMeasures, HaveTheGoalsAndValuesOfCriteria) {
  EXPECT_THAT(
      kept("# Status\n\n## Success Metrics\n\n"
           "- Coverage > 80%\n"
           "- Response time < 1,200.5 ms\n"
           "- [x] No strap torn\n"
           "- [ ] Four horses pull\n"
           "- **Uptime**: 99.9% this week\n"),
      ElementsAre(
          "Coverage % ^80",
          "Response time ms v1200.5",
          "No strap torn 1/1 ^1",
          "Four horses pull 0/1 ^1",
          "Uptime 99.9 %"
      )
  );
}

TEST(KeptMeasures, OfOneNameAreNumbered) {
  const StatedMeasure tasks{.name = "tasks", .counted = Counted::tasks, .part = 1, .whole = 2};
  const KeptMeasures kept = kept_measures({tasks, tasks, tasks});
  ASSERT_EQ(kept.measures.size(), 3U);
  EXPECT_EQ(kept.measures[0].name, "tasks");
  EXPECT_EQ(kept.measures[1].name, "tasks 2");
  EXPECT_EQ(kept.measures[2].name, "tasks 3");
}

TEST(KeptMeasures, WithoutANumberAreLeft) {
  const KeptMeasures kept =
      kept_measures({{.name = "Mood", .value = "good"}, {.name = "", .value = "3"}});
  EXPECT_TRUE(kept.measures.empty());
  EXPECT_EQ(kept.left.size(), 2U);
}

TEST(KeptMeasures, HaveNamesThatAPoolTakes) {
  StatedMeasure measure{.name = std::string(300, 'x') + " <= y", .value = "3"};
  EXPECT_LE(kept_measures({measure}).measures.at(0).name.size(), limits::id_bytes);
  measure.name = " a <= b ";
  EXPECT_EQ(kept_measures({measure}).measures.at(0).name, "a b");
  measure.counted = Counted::tasks;
  measure.part = INT64_MAX;
  EXPECT_EQ(kept_measures({measure}).left.size(), 1U);
}

}  // namespace
}  // namespace evener
