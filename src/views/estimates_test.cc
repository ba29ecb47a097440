#include "views/estimates.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/skill.h"
#include "views/query.h"
#include "views/report.h"
#include "views/test_pool.h"
#include "views/text.h"

namespace evener {
namespace {

// Three builds by w1, of 8, 10 and 12 minutes, estimated at five; then one that is open.
class EstimatesTest : public testing::Test {
 protected:
  EstimatesTest() {
    test_.join("w1");
    test_.join("w2");
    for (int i = 0; i < 3; ++i) {
      const std::string id = fmt::format("build-{}", i);
      TaskSpec spec = task_spec(id);
      spec.estimate_ms = 5 * minute;
      test_.add(spec);
      test_.claim(id, "w1");
      test_.after((8 + 2 * i) * minute);
      test_.finish(id);
    }
    test_.add("build-9");
  }

  std::optional<DurationRange> expected(const std::string& id) const {
    return expected_of(test_.pool, test_.index(id));
  }

  std::optional<DurationRange> left(const std::string& id) const {
    return left_of(test_.pool, test_.index(id), test_.now);
  }

  TestPool test_;
};

TEST_F(EstimatesTest, ATaskIsExpectedToTakeWhatItsKindTook) {
  const auto range = expected("build-9");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->text, "3 of kind build-#");
  EXPECT_NEAR(static_cast<double>(range->p50_ms), 10 * minute, minute);
  EXPECT_LT(range->p10_ms, range->p50_ms);
  EXPECT_GT(range->p90_ms, 12 * minute) << "three tasks make nobody sure";
}

TEST_F(EstimatesTest, WhatWasDoneElsewhereBeforeTeachesNothing) {
  const std::string before = to_json_text(*expected("build-9"));
  const Work work = work_of(test_.pool.state(), test_.index("build-9"), test_.worker("w2"));
  const std::int64_t share = skill_of(test_.pool.state().durations, work).share;
  for (int i = 0; i < 6; ++i) {
    const std::string id = fmt::format("build-{}", 20 + i);
    test_.add(id);
    const Fence fence = test_.claim(id, "w2");
    test_.after(1);
    if (i % 2 == 0) {
      test_.write(AttemptFinished{.task = id, .worker = "w2", .fence = fence, .untimed = true});
    } else {
      test_.write(AttemptFailed{.task = id, .worker = "w2", .fence = fence, .untimed = true});
    }
  }
  EXPECT_EQ(to_json_text(*expected("build-9")), before);
  EXPECT_EQ(skill_of(test_.pool.state().durations, work).share, share);
}

TEST_F(EstimatesTest, WhoAloneMayTakeItIsWhoIsExpectedTo) {
  TaskSpec spec = task_spec("build-10");
  spec.assignee = "w1";
  test_.add(spec);
  EXPECT_EQ(expected("build-10")->text, "3 of kind build-# by w1");
  test_.claim("build-9", "w2");
  EXPECT_EQ(expected("build-9")->text, "3 of kind build-#");
}

TEST_F(EstimatesTest, WhatIsNoWorkOrOverIsNotExpectedToTakeAnything) {
  EXPECT_FALSE(expected("build-0"));
  TaskSpec child = task_spec("child-1");
  child.parent = "build-9";
  test_.add(child);
  EXPECT_FALSE(expected("build-9"));
  TaskSpec lock = task_spec("lock-1");
  lock.kind = lock_kind;
  test_.add(lock);
  EXPECT_FALSE(expected("lock-1"));
}

TEST_F(EstimatesTest, AnEstimateIsCorrectedByItsBias) {
  TaskSpec spec = task_spec("write");
  spec.estimate_ms = 60 * minute;
  test_.add(spec);
  const auto range = expected("write");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->source, Source::estimate);
  EXPECT_GT(range->p50_ms, 75 * minute);
  EXPECT_EQ(range->text, "its estimate of 1h 0m corrected: 3 tasks took 198% of theirs");
}

TEST(Estimates, SayHowLittleOfTheirEstimatesTasksTook) {
  TestPool test;
  test.join("w1");
  for (int i = 0; i < 12; ++i) {
    TaskSpec spec = task_spec(fmt::format("demo-{}", i));
    spec.estimate_ms = 10 * minute;
    test.add(spec);
    test.claim(spec.id, "w1");
    test.after(400);
    test.finish(spec.id);
  }
  TaskSpec spec = task_spec("write");
  spec.estimate_ms = 10 * minute;
  test.add(spec);
  const auto range = expected_of(test.pool, test.index("write"));
  ASSERT_TRUE(range);
  EXPECT_EQ(range->text, "its estimate of 10m 0s corrected: 12 tasks took 0.067% of theirs");
}

TEST_F(EstimatesTest, ATaskThatIsLateIsExpectedToBeLater) {
  EXPECT_FALSE(left("build-9"));
  test_.claim("build-9", "w1");
  const auto at_first = left("build-9");
  ASSERT_TRUE(at_first);
  EXPECT_NEAR(
      static_cast<double>(at_first->p50_ms), static_cast<double>(expected("build-9")->p50_ms), 2000
  );
  test_.after(5 * minute);
  const auto on_time = left("build-9");
  EXPECT_LT(on_time->p50_ms, at_first->p50_ms);
  test_.after(25 * minute);
  const auto late = left("build-9");
  EXPECT_GT(late->p50_ms, 0);
  EXPECT_GT(late->p90_ms, late->p50_ms);
  EXPECT_GT(late->p50_ms + 30 * minute, on_time->p50_ms + 5 * minute);
}

TEST_F(EstimatesTest, EveryViewTellsWhereItComesFrom) {
  const TaskView task =
      task_view(test_.pool, test_.index("build-9"), test_.source(), test_.now).value();
  EXPECT_NE(task_text(task, test_.now, plain).find("3 of kind build-#\n"), std::string::npos);
  const WhyView why = why_task(test_.pool, test_.index("build-9"), "", test_.now);
  EXPECT_NE(why_text(why, plain).find("\n  expected: "), std::string::npos);
  const std::string list = list_text(list_view(test_.pool, {}), test_.now, plain);
  EXPECT_NE(list.find("EXPECTED"), std::string::npos) << list;
  const StatusView status = status_view(test_.pool, test_.now);
  EXPECT_NE(status_text(status, plain).find("EXPECTED"), std::string::npos);
  Query query;
  query.kind = QueryKind::report;
  const std::string text = answer_query(query, test_.pool, test_.source(), test_.now).value();
  const Report report = from_json<Report>(parse_json(text).value()).value();
  EXPECT_NE(report_text(report, 0).find("3 of kind build-#\n"), std::string::npos);
}

TEST_F(EstimatesTest, ThePoolsViewCountsKindsAndTellsTheBiasAndTheScore) {
  test_.add("write-1");
  test_.claim("write-1", "w2");
  test_.after(minute);
  test_.finish("write-1");
  const EstimatesView view = estimates_view(test_.pool, "", 0);
  ASSERT_EQ(view.kinds.size(), 2U);
  EXPECT_EQ(view.kinds[0].kind, "build-#");
  EXPECT_EQ(view.kinds[0].finished, 3);
  EXPECT_EQ(view.kinds[0].open, 1);
  EXPECT_EQ(view.kinds[0].bias_percent, 198);
  ASSERT_EQ(view.kinds[0].workers.size(), 1U);
  EXPECT_EQ(view.kinds[0].workers[0].worker, "w1");
  EXPECT_EQ(view.finished, 4);
  EXPECT_EQ(view.score.scored, 4);
  EXPECT_EQ(estimates_view(test_.pool, "write-#", 0).kinds.size(), 1U);
  EXPECT_EQ(estimates_view(test_.pool, "", 1).kinds_total, 2);
  const std::string text = estimates_text(view, plain);
  EXPECT_NE(text.find("estimates: 3 tasks with one took 198% of it\n"), std::string::npos) << text;
}

TEST_F(EstimatesTest, TheQuestionGoesThroughAnAddress) {
  Query query;
  query.kind = QueryKind::estimates;
  query.filter.kind = "build-#";
  query.filter.limit = 5;
  EXPECT_EQ(target_of(query), "estimates?kind=build-%23&limit=5");
  const Query read = query_of("estimates", {{"kind", "build-#"}, {"limit", "5"}}).value();
  EXPECT_EQ(read.filter.kind, "build-#");
  EXPECT_EQ(read.filter.limit, 5);
  EXPECT_FALSE(query_of("estimates", {{"colour", "red"}}).ok());
}

TEST_F(EstimatesTest, TheWholeTakesAsLongAsTheWorkOrTheLongestPath) {
  const auto one = forecast_of(test_.pool, test_.now);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->open, 1);
  EXPECT_EQ(one->slots, 2);
  EXPECT_GE(one->p50_ms, 8 * minute) << "two workers do not share one task";
  for (int i = 10; i < 50; ++i) test_.add(fmt::format("build-{}", i));
  const auto many = forecast_of(test_.pool, test_.now);
  EXPECT_EQ(many->open, 41);
  EXPECT_NEAR(static_cast<double>(many->work_ms), 41.0 * 10 * minute, 41.0 * 10 * minute * 0.5);
  EXPECT_LT(many->p50_ms, many->work_ms);
  EXPECT_LT(many->p10_ms, many->p50_ms);
  EXPECT_LT(many->p50_ms, many->p90_ms);
  const std::string text = status_text(status_view(test_.pool, test_.now), plain);
  EXPECT_NE(text.find("\n  all done in "), std::string::npos) << text;
}

TEST(Estimates, SayThatNothingIsKnownYet) {
  const TestPool test;
  EXPECT_EQ(
      estimates_text(estimates_view(test.pool, "", 0), plain),
      "nothing was finished yet that tells how long things take\n"
  );
}

}  // namespace
}  // namespace evener
