#include "views/forecast.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "views/forecast_view.h"
#include "views/status.h"
#include "views/test_pool.h"
#include "views/text.h"

namespace evener {
namespace {

// Five builds by w1, of one to sixteen minutes; w1, w2 and w3 are there.
class ForecastTest : public testing::Test {
 protected:
  ForecastTest() {
    for (const char* const name : {"w1", "w2", "w3"}) test_.join(name);
    Millis takes = minute;
    for (int i = 0; i < 5; ++i, takes *= 2) {
      const std::string id = fmt::format("build-{}", i);
      test_.add(id);
      test_.claim(id, "w1", a_day);
      test_.after(takes);
      test_.finish(id);
    }
  }

  void run_three() {
    for (int i = 1; i <= 3; ++i) {
      const std::string id = fmt::format("build-1{}", i);
      test_.add(id);
      test_.claim(id, fmt::format("w{}", i), a_day);
    }
  }

  Forecast forecast() const { return forecast_of(test_.pool, test_.now).value(); }

  ForecastCase played() const {
    const auto question = forecast_question(test_.pool, {}, test_.now);
    return forecast_view(question.value()).cases.at(0);
  }

  static constexpr Millis a_day = 24 * 60 * minute;
  TestPool test_;
};

TEST_F(ForecastTest, IsNeverLessThanTheLongestOfTheRunningTasksTakesStill) {
  run_three();
  for (const Millis passes : {0 * minute, 3 * minute, 30 * minute, 600 * minute}) {
    test_.after(passes);
    const Forecast now = forecast();
    for (const RunningRow& row : status_view(test_.pool, test_.now).running) {
      EXPECT_GE(now.p10_ms, row.left->p10_ms) << passes;
      EXPECT_GE(now.p50_ms, row.left->p50_ms) << passes;
      EXPECT_GE(now.p90_ms, row.left->p90_ms) << passes;
    }
  }
}

TEST_F(ForecastTest, MovesWithTheTimeThatPasses) {
  run_three();
  const Forecast at_first = forecast();
  test_.after(minute);
  const Forecast soon = forecast();
  EXPECT_LT(soon.p50_ms, at_first.p50_ms);
  test_.after(120 * minute);
  EXPECT_GT(forecast().p50_ms, at_first.p50_ms) << "they are late, and will be later";
}

TEST_F(ForecastTest, SaysOfRunningTasksWhatPlayingThemOnSays) {
  run_three();
  for (const Millis passes : {0 * minute, 10 * minute, 100 * minute}) {
    test_.after(passes);
    const Forecast simple = forecast();
    const ForecastCase plays = played();
    const auto apart = [](Millis a, Millis b) {
      return std::abs(std::log(static_cast<double>(a) / static_cast<double>(b)));
    };
    EXPECT_LT(apart(simple.p50_ms, plays.p50_ms), 0.25) << simple.p50_ms << " " << plays.p50_ms;
    EXPECT_LT(apart(simple.p90_ms, plays.p90_ms), 0.5) << simple.p90_ms << " " << plays.p90_ms;
  }
}

TEST_F(ForecastTest, APathBeginsWhereTheRunningTaskBeforeItEnds) {
  test_.add("build-20");
  test_.claim("build-20", "w1", a_day);
  test_.add("build-21", {"build-20"});
  test_.after(60 * minute);
  const auto left = left_of(test_.pool, test_.index("build-20"), test_.now);
  EXPECT_GT(forecast().path_ms, left->p50_ms + minute);
}

TEST_F(ForecastTest, LeavesOutWhatNobodyCanDoAndSaysSo) {
  test_.add("free");
  const Forecast alone = forecast();
  test_.add("held");
  test_.write(TaskHeld{.task = "held"});
  test_.add("behind-held", {"held"});
  test_.add("dead");
  test_.write(TaskCancelled{.task = "dead"});
  test_.add("stuck", {"dead"});
  TaskSpec wants = task_spec("render");
  wants.capabilities = {"gpu"};
  test_.add(wants);
  TaskSpec meant = task_spec("sign");
  meant.assignee = "rod";
  test_.add(meant);
  test_.add("group");
  TaskSpec part = task_spec("part");
  part.parent = "group";
  part.needs.push_back({"render"});
  test_.add(part);
  const Forecast now = forecast();
  EXPECT_EQ(now.open, 1);
  EXPECT_EQ(now.left_out, 6);
  EXPECT_EQ(now.path_ms, alone.path_ms);
  EXPECT_EQ(now.work_ms, alone.work_ms);
  EXPECT_EQ(forecast_view(forecast_question(test_.pool, {}, test_.now).value()).left_out, 7)
      << "playing says the same, and counts the group besides";
  const std::string text = status_text(status_view(test_.pool, test_.now), plain);
  EXPECT_NE(text.find("\n  all but 6 tasks done in "), std::string::npos) << text;
  EXPECT_NE(text.find("; nobody can do the others now\n"), std::string::npos) << text;

  test_.write(TaskHeld{.task = "free"});
  EXPECT_EQ(forecast().open, 0);
  EXPECT_EQ(forecast_text(forecast()), "nobody can do what is open now: 7 tasks");
}

TEST_F(ForecastTest, TakesApprovalsAsGivenWhereThereIsWorkBeforeThem) {
  test_.write(PhaseSet{{.id = "build", .approver = "rod"}});
  test_.write(PhaseSet{{.id = "ship", .after = {"build"}}});
  TaskSpec build = task_spec("build-30");
  build.phase = "build";
  test_.add(build);
  TaskSpec ship = task_spec("ship-it");
  ship.phase = "ship";
  test_.add(ship);
  EXPECT_EQ(forecast().open, 2);
  test_.claim("build-30", "w1", a_day);
  test_.finish("build-30");
  EXPECT_EQ(forecast().open, 0);
  EXPECT_EQ(forecast().left_out, 1);
}

}  // namespace
}  // namespace evener
