#include "views/slack.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "views/test_pool.h"

namespace evener {
namespace {

class SlackTest : public testing::Test {
 protected:
  void add(const std::string& id, Millis estimate, std::vector<std::string> needs = {}) {
    TaskSpec spec = task_spec(id, std::move(needs));
    spec.estimate_ms = estimate;
    test_.add(spec);
  }

  void add_due(const std::string& id, Millis estimate, Millis left, const std::string& need) {
    TaskSpec spec = task_spec(id, {need});
    spec.estimate_ms = estimate;
    spec.deadline_ms = test_.now + left;
    test_.add(spec);
  }

  std::optional<Slack> slack(const std::string& id) const {
    return SlackFinder(test_.pool, test_.now).of(test_.index(id));
  }

  TestPool test_;
};

TEST_F(SlackTest, IsWhatIsLeftWithoutTheLongestWay) {
  add("long", 30 * minute);
  add("short", 5 * minute);
  add("middle", 10 * minute, {"long", "short"});
  add_due("last", 20 * minute, 90 * minute, "middle");
  const std::optional<Slack> told = slack("last");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->p50_ms, 60 * minute);
  EXPECT_EQ(told->slack_ms, 30 * minute);
  EXPECT_EQ(told->outlook, Outlook::in_time);
  EXPECT_FALSE(slack("middle")) << "it has no deadline";
}

TEST_F(SlackTest, SaysSoBeforeTheDeadlineIsMissed) {
  add("first", 30 * minute);
  add_due("last", 30 * minute, 50 * minute, "first");
  EXPECT_EQ(slack("last")->outlook, Outlook::likely_late);
  EXPECT_EQ(slack("last")->slack_ms, -10 * minute);
  EXPECT_EQ(
      slack("last")->text,
      "likely late by 10m 0s: done in about 1h 0m (nine of ten in 1h 0m), and 50m 0s are left"
  );
  test_.after(51 * minute);
  EXPECT_EQ(slack("last")->outlook, Outlook::late);
  EXPECT_EQ(slack("last")->text, "late: its deadline passed 1m 0s ago");
}

TEST_F(SlackTest, IsAtRiskWhereWhatWasLearnedVaries) {
  test_.join("w1");
  for (int i = 0; i < 8; ++i) {
    const std::string id = fmt::format("build-{}", i);
    test_.add(id);
    test_.claim(id, "w1");
    test_.after((i % 2 == 0 ? 5 : 20) * minute);
    test_.finish(id);
  }
  test_.add("build-90");
  TaskSpec spec = task_spec("build-91", {"build-90"});
  spec.deadline_ms = test_.now + 25 * minute;
  test_.add(spec);
  const std::optional<Slack> told = slack("build-91");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->outlook, Outlook::at_risk) << told->text;
  EXPECT_LT(told->p50_ms, 25 * minute);
  EXPECT_GT(told->p90_ms, 25 * minute);
}

TEST_F(SlackTest, IsToldOfALongChainWithoutRecursion) {
  add("t0", minute);
  for (int i = 1; i < 2'000; ++i) {
    test_.write(TaskAdded{task_spec(fmt::format("t{}", i), {fmt::format("t{}", i - 1)})});
  }
  add_due("last", minute, minute, "t1999");
  EXPECT_GT(slack("last")->p50_ms, 1'900 * minute);
}

}  // namespace
}  // namespace evener
