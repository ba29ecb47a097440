#include "cli/import_record_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/import_records.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ImportRecordDifference, LeavesOutWhatThePoolKnows) {
  Plan plan;
  plan.card.name = "p";
  plan.settings.emplace().retries = 9;
  plan.machines.push_back({.name = "m1"});
  plan.phases.push_back({.id = "design"});
  plan.gates.push_back({.id = "joins", .tasks = {"a"}});
  plan.measure_specs.push_back({.name = "coverage", .goal = Decimal{80'000'000}});
  plan.schedules.push_back({.id = "nightly", .on = {"task_done:a"}});
  EXPECT_THAT(record_differences(plan, held_pool(plan, {})), IsEmpty());
  EXPECT_THAT(record_differences(plan, HeldPool{}), SizeIs(7));
}

TEST(ImportRecordDifference, TellsWhatFallsBackToItsDefault) {
  HeldPool held;
  held.plan.settings.emplace().retries = 9;
  Plan plan;
  plan.settings.emplace().backoff_ms = 9000;
  const auto records = record_differences(plan, held);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_THAT(
      records[0].fields,
      ElementsAre(
          FieldChange{"retries", "9", "2", true}, FieldChange{"backoff_ms", "1000", "9000", false}
      )
  );
  EXPECT_EQ(
      values_text(records[0]),
      "settings: retries from 9 to 2, which is the default; backoff_ms from 1000 to 9000"
  );
}

TEST(ImportRecordDifference, LeavesACardThatThePlanDoesNotSay) {
  HeldPool held;
  held.plan.card.goal = "All services answer";
  EXPECT_THAT(record_differences(Plan{}, held), IsEmpty());
}

TEST(ImportRecordDifference, ComparesPhasesOfAForeignFileByTheirIds) {
  HeldPool held;
  held.plan.phases.push_back({.id = "design", .title = "Ours"});
  Plan plan;
  plan.planned_phases = {{.id = "design", .title = "Theirs"}, {.id = "build", .title = "Build"}};
  const auto records = record_differences(plan, held);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].name, "build");
  EXPECT_TRUE(records[0].is_new);
}

TEST(ImportRecordDifference, KeepsWhatIsLeftOutOfAMeasure) {
  HeldPool held;
  held.plan.measure_specs.push_back(
      {.name = "coverage", .value = Decimal{1'000'000}, .goal = Decimal{80'000'000}}
  );
  Plan plan;
  plan.measure_specs.push_back({.name = "coverage", .value = Decimal{2'000'000}});
  const auto records = record_differences(plan, held);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_THAT(records[0].fields, ElementsAre(FieldChange{"value", R"("1")", R"("2")", false}));
}

TEST(ImportRecordDifference, ComparesSchedulesAsThePoolKeepsThem) {
  ScheduleSpec schedule{.id = "nightly", .on = {"task_done:a"}};
  schedule.task.capabilities = {"a", "b"};
  schedule.task.labels = {"mine"};
  HeldPool held;
  held.plan.schedules.push_back(schedule);
  schedule.task.capabilities = {"b", "a", "b"};
  schedule.task.labels = {"schedule:nightly", "mine"};
  Plan plan;
  plan.schedules.push_back(schedule);
  EXPECT_THAT(record_differences(plan, held), IsEmpty());
  EXPECT_THAT(record_requests(plan, held).requests, IsEmpty());
  plan.schedules[0].task.labels.push_back("yours");
  EXPECT_THAT(record_differences(plan, held), SizeIs(1));
  EXPECT_THAT(record_requests(plan, held).requests, SizeIs(1));
}

}  // namespace
}  // namespace evener
