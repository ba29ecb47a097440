#include "views/forecast_view.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/seeded.h"
#include "views/estimates.h"
#include "views/forecast_draws.h"
#include "views/forecast_text.h"
#include "views/query.h"
#include "views/test_pool.h"

namespace evener {
namespace {

using testing::HasSubstr;

ForecastView forecast_in(const TestPool& test, const ForecastWish& wish = {}) {
  return forecast_view(forecast_question(test.pool, wish, test.now).value());
}

TaskSpec kind_spec(const std::string& id, const std::string& kind) {
  TaskSpec spec = task_spec(id);
  spec.kind = kind;
  return spec;
}

// So many tasks of a kind, each done in about that time.
void teach(TestPool& test, const std::string& kind, int count, Millis takes) {
  for (int i = 0; i < count; ++i) {
    const std::string id = fmt::format("{}-done-{}", kind, i);
    test.add(kind_spec(id, kind));
    test.claim(id, "teacher");
    test.after(takes + i * takes / 20);
    test.finish(id);
  }
}

TestPool& with_teacher(TestPool& test) {
  test.join("teacher");
  test.write(WorkerDrained{.worker = "teacher"});
  return test;
}

TEST(ForecastView, IsARangeThatOneMoreWorkerShortens) {
  TestPool test;
  teach(with_teacher(test), "build", 12, minute);
  test.join("w1");
  test.join("w2");
  for (int i = 0; i < 20; ++i) test.add(kind_spec(fmt::format("build-{}", i), "build"));
  const ForecastView view = forecast_in(test);
  ASSERT_EQ(view.cases.size(), 3U);
  const ForecastCase& now = view.cases[0];
  EXPECT_EQ(now.slots, 2);
  EXPECT_EQ(now.runs, 400);
  EXPECT_LT(now.p10_ms, now.p50_ms);
  EXPECT_LT(now.p50_ms, now.p90_ms);
  EXPECT_NEAR(static_cast<double>(now.p50_ms), 14.8 * minute, 2.0 * minute);
  EXPECT_LT(now.idle_permille, 60);
  EXPECT_EQ(view.cases[1].slots, 3);
  EXPECT_GT(view.cases[1].sooner_ms, now.p50_ms / 4);
  EXPECT_EQ(view.cases[2].slots, 1);
  EXPECT_LT(view.cases[2].sooner_ms, -now.p50_ms / 2);
  ASSERT_TRUE(view.bottleneck);
  EXPECT_EQ(view.bottleneck->what, "worker");
}

// Else "one more" would end later, and nobody would know why.
TEST(ForecastView, TellsHowManyTasksOneMoreWouldDoBesides) {
  TestPool test;
  test.join("w1");
  test.add(kind_spec("build", "build"));
  for (const char* id : {"train", "tune"}) {
    TaskSpec task = kind_spec(id, "train");
    task.capabilities = {"gpu"};
    test.add(task);
  }
  const ForecastView view = forecast_in(test);
  ASSERT_GE(view.cases.size(), 2U);
  EXPECT_EQ(view.cases[0].more_done, 0);
  EXPECT_EQ(view.cases[1].more_done, 2);
  EXPECT_NE(forecast_view_text(view, Style{}).find(", 2 tasks more"), std::string::npos);
}

TEST(ForecastView, TellsWhoIsExpectedToTakeWhichTask) {
  TestPool test;
  teach(with_teacher(test), "build", 12, minute);
  test.join("w1");
  test.join("w2");
  test.add(kind_spec("a", "build"));
  TaskSpec after_a = kind_spec("b", "build");
  after_a.needs.push_back({"a"});
  test.add(after_a);
  test.claim("a", "w1");
  EXPECT_TRUE(forecast_in(test).course.empty());
  const ForecastView view = forecast_in(test, {.course = 10});
  ASSERT_EQ(view.course.size(), 2U);
  const ForecastStep& running = view.course[0];
  EXPECT_EQ(running.worker, "w1");
  EXPECT_EQ(running.task, "a");
  EXPECT_EQ(running.from_ms, 0);
  EXPECT_NEAR(static_cast<double>(running.until_ms), 1.3 * minute, 0.5 * minute);
  EXPECT_EQ(view.course[1].task, "b");
  EXPECT_EQ(view.course[1].from_ms, running.until_ms);
  EXPECT_GT(view.course[1].until_ms, view.course[1].from_ms);
  EXPECT_EQ(forecast_in(test, {.course = 1}).course.size(), 1U);
}

TEST(ForecastView, IsTheSameForTheSameSeed) {
  TestPool test;
  teach(with_teacher(test), "build", 5, minute);
  test.join("w1");
  for (int i = 0; i < 5; ++i) test.add(kind_spec(fmt::format("build-{}", i), "build"));
  const std::string first = to_json_text(forecast_in(test));
  EXPECT_EQ(to_json_text(forecast_in(test)), first);
  EXPECT_NE(to_json_text(forecast_in(test, {.seed = 2})), first);
}

TEST(ForecastView, NamesTheTaskThatHoldsTheEndUp) {
  TestPool test;
  with_teacher(test);
  teach(test, "build", 10, minute);
  teach(test, "audit", 10, 30 * minute);
  for (const char* const worker : {"w1", "w2", "w3"}) test.join(worker);
  for (int i = 0; i < 4; ++i) test.add(kind_spec(fmt::format("build-{}", i), "build"));
  test.add(kind_spec("the-audit", "audit"));
  const ForecastView view = forecast_in(test);
  EXPECT_EQ(view.bottleneck->what, "task");
  EXPECT_EQ(view.bottleneck->name, "the-audit");
  EXPECT_GE(view.path.front().often_permille, 990);
  EXPECT_THAT(
      forecast_view_text(view, plain), HasSubstr("bottleneck  the-audit: 100% of the time")
  );
}

TEST(ForecastView, NamesTheWorkersOfWhomThereAreTooFew) {
  TestPool test;
  teach(with_teacher(test), "train", 10, 10 * minute);
  test.join(worker_spec("gpu-1", {"gpu"}));
  for (const char* const worker : {"w1", "w2", "w3"}) test.join(worker);
  for (int i = 0; i < 8; ++i) {
    TaskSpec spec = kind_spec(fmt::format("train-{}", i), "train");
    spec.capabilities = {"gpu"};
    test.add(spec);
  }
  const ForecastView view = forecast_in(test);
  EXPECT_EQ(view.bottleneck->what, "worker");
  EXPECT_EQ(view.bottleneck->name, "gpu");
  EXPECT_GT(view.cases[0].idle_permille, 700);
  EXPECT_THAT(forecast_view_text(view, plain), HasSubstr("too few workers for gpu: "));
  // Who idles is the one to go: nothing is lost by that.
  EXPECT_EQ(view.cases[2].sooner_ms, 0);
  EXPECT_GT(view.cases[1].sooner_ms, view.cases[0].p50_ms / 3);
}

TEST(ForecastView, NamesTheAssigneeWhoseDelayHoldsTheEndUp) {
  TestPool test;
  test.join("ada");
  TaskSpec meant = kind_spec("meant", "build");
  meant.assignee = "zoe";
  meant.assignee_delay_ms = 6000 * minute;
  meant.estimate_ms = 10 * minute;
  test.add(meant);
  const ForecastView view = forecast_in(test);
  ASSERT_TRUE(view.bottleneck);
  EXPECT_EQ(view.bottleneck->what, "worker");
  EXPECT_EQ(view.bottleneck->name, "zoe");
  const std::string text = forecast_view_text(view, plain);
  EXPECT_THAT(text, HasSubstr("bottleneck  waiting for zoe: "));
  EXPECT_THAT(text, HasSubstr("tasks on it wait 4d 4h for zoe"));
}

TEST(ForecastView, SaysWhatItLeavesOutAndWhoIsMissing) {
  TestPool test;
  EXPECT_EQ(forecast_view_text(forecast_in(test), plain), "nothing is open\n");
  test.add("a");
  test.add("held");
  test.write(TaskHeld{.task = "held"});
  EXPECT_THAT(forecast_view_text(forecast_in(test), plain), HasSubstr("nobody works; "));
  const ForecastView view = forecast_in(test, {.workers = "2"});
  ASSERT_EQ(view.cases.size(), 1U);
  EXPECT_EQ(view.cases[0].workers, "2 workers");
  EXPECT_EQ(view.cases[0].slots, 2);
  EXPECT_EQ(view.left_out, 1);
  const std::string text = forecast_view_text(view, plain);
  EXPECT_THAT(text, HasSubstr("estimates alone: nothing was finished yet"));
  EXPECT_THAT(text, HasSubstr("left out: 1 task that nobody at work can do"));
}

TEST(ForecastView, DoesNotSayThatAllIsDoneWhereNobodyCanDoAnything) {
  TestPool test;
  test.join("w1");
  test.add("held");
  test.write(TaskHeld{.task = "held"});
  const ForecastView stuck = forecast_in(test);
  EXPECT_TRUE(stuck.cases.empty());
  EXPECT_THAT(
      forecast_view_text(stuck, plain),
      testing::StartsWith("nobody can do what is open now\nleft out: 1 task")
  );
  test.add("a");
  EXPECT_THAT(
      forecast_view_text(forecast_in(test), plain), testing::StartsWith("all but 1 task done in ")
  );
}

TEST(ForecastView, TakesAsManyWorkersAsAreAskedFor) {
  TestPool test;
  for (const char* const worker : {"w1", "w2", "w3"}) test.join(worker);
  for (const char* const task : {"a", "b", "c", "d"}) test.add(task);
  const auto slots = [&](const std::string& workers) {
    return forecast_in(test, {.workers = workers, .runs = 3}).cases.back().slots;
  };
  EXPECT_EQ(slots("8"), 8);
  EXPECT_EQ(slots("1"), 1);
  EXPECT_EQ(slots("+2"), 5);
  EXPECT_EQ(slots("-1"), 2);
  for (const char* const wrong : {"x", "+", "0", "-0", "+-1", "--1", "1001", "2x", "9999999"}) {
    const auto question = forecast_question(test.pool, {.workers = wrong}, test.now);
    ASSERT_FALSE(question.ok()) << wrong;
    EXPECT_EQ(question.error().code, "bad_value");
  }
}

TEST(ForecastView, GoesThroughAnAddress) {
  Query query;
  query.kind = QueryKind::forecast;
  query.forecast = {.workers = "+2", .runs = 50, .seed = 7};
  EXPECT_EQ(target_of(query), "forecast?workers=%2B2&runs=50&seed=7");
  const Query read =
      query_of("forecast", {{"workers", "+2"}, {"runs", "50"}, {"seed", "7"}, {"course", "9"}})
          .value();
  EXPECT_EQ(read.forecast.workers, "+2");
  EXPECT_EQ(read.forecast.runs, 50);
  EXPECT_EQ(read.forecast.course, 9);
  EXPECT_FALSE(query_of("forecast", {{"colour", "red"}}).ok());
  EXPECT_FALSE(query_of("forecast", {{"runs", "10001"}}).ok());
}

TEST(ForecastView, IsSimpleForPoolsThatAreTooLarge) {
  TestPool test;
  teach(with_teacher(test), "build", 5, minute);
  test.join("w1");
  for (std::int64_t i = 0; i <= most_tasks_played; ++i)
    test.add(kind_spec(fmt::format("b{}", i), "build"));
  const ForecastView view = forecast_in(test);
  EXPECT_EQ(view.method, ForecastMethod::simple);
  ASSERT_EQ(view.cases.size(), 1U);
  EXPECT_GT(view.cases[0].p90_ms, view.cases[0].p10_ms);
  EXPECT_THAT(forecast_view_text(view, plain), HasSubstr("are too many to be played"));
  EXPECT_EQ(forecast_question(test.pool, {.runs = 10'000}, test.now).error().code, "bad_value");
}

// ---- is it true? -------------------------------------------------------------------------------

// A pool of three kinds, each with a mean and a spread of its own that nobody knows, of which some
// tasks were done; and what the others will really take.
struct Generated {
  explicit Generated(std::uint64_t seed) : numbers(seed) {
    with_teacher(test);
    for (int kind = 0; kind < 3; ++kind) {
      means.push_back(std::log(60'000.0) + 0.8 * numbers.normal());
      spreads.push_back(0.2 + 0.6 * numbers.share());
      const auto done = static_cast<int>(5 + numbers.below(30));
      for (int i = 0; i < done; ++i) teach(test, fmt::format("k{}-{}", kind, i), kind);
    }
    for (int i = 0; i < 3; ++i) test.join(fmt::format("w{}", i));
    for (int i = 0; i < 30; ++i) {
      const auto kind = static_cast<int>(numbers.below(3));
      TaskSpec spec = kind_spec(fmt::format("t{}", i), fmt::format("kind-{}", kind));
      for (int before = std::max(0, i - 8); before < i; ++before) {
        if (numbers.below(6) == 0) spec.needs.push_back({fmt::format("t{}", before)});
      }
      test.add(spec);
      real.emplace(spec.id, draw(kind));
    }
  }

  void teach(TestPool& pool, const std::string& id, int kind) {
    pool.add(kind_spec(id, fmt::format("kind-{}", kind)));
    pool.claim(id, "teacher");
    pool.after(draw(kind));
    pool.finish(id);
  }

  Millis draw(int kind) {
    const auto k = static_cast<std::size_t>(kind);
    return std::max<Millis>(1, std::llround(std::exp(means[k] + spreads[k] * numbers.normal())));
  }

  Millis real_finish() const {
    const PlayStart start = forecast_question(test.pool, {}, test.now).value().start;
    return play_on(
               start,
               [&](std::uint32_t task, std::uint32_t) { return real.at(start.tasks[task].id); }
    ).finish;
  }

  SeededNumbers numbers;
  TestPool test;
  std::vector<double> means;
  std::vector<double> spreads;
  std::map<std::string, Millis> real;
};

TEST(ForecastView, HoldsTheRealFinishInEightOfTenPools) {
  constexpr int pools = 100;
  int inside = 0;
  int below = 0;
  for (int seed = 1; seed <= pools; ++seed) {
    const Generated generated(static_cast<std::uint64_t>(seed));
    const ForecastCase now = forecast_in(generated.test, {.workers = "+1", .runs = 40}).cases[0];
    const Millis real = generated.real_finish();
    if (real >= now.p10_ms && real <= now.p90_ms) ++inside;
    if (real < now.p50_ms) ++below;
  }
  RecordProperty("inside_percent", inside * 100 / pools);
  RecordProperty("below_median_percent", below * 100 / pools);
  EXPECT_GE(inside, pools * 72 / 100);
  EXPECT_LE(inside, pools * 88 / 100);
  EXPECT_GE(below, pools * 40 / 100);
  EXPECT_LE(below, pools * 60 / 100);
}

TEST(ForecastDraws, HaveTheRangeThatIsTold) {
  TestPool test;
  teach(with_teacher(test), "build", 9, minute);
  test.join("w1");
  test.add(kind_spec("next", "build"));
  const DurationRange told = *expected_of(test.pool, test.index("next"));
  const PlayStart start = forecast_question(test.pool, {}, test.now).value().start;
  constexpr int draws = 4000;
  int below_p10 = 0;
  int below_p50 = 0;
  int below_p90 = 0;
  for (int run = 0; run < draws; ++run) {
    const Millis left = ForecastDraws(start, 3, run).left(0, 0);
    below_p10 += left < told.p10_ms ? 1 : 0;
    below_p50 += left < told.p50_ms ? 1 : 0;
    below_p90 += left < told.p90_ms ? 1 : 0;
  }
  EXPECT_NEAR(below_p10, draws / 10, draws / 50);
  EXPECT_NEAR(below_p50, draws / 2, draws / 33);
  EXPECT_NEAR(below_p90, draws * 9 / 10, draws / 50);
}

TEST(ForecastDraws, OfWhatRunsKnowThatItHasNotEnded) {
  TestPool test;
  teach(with_teacher(test), "build", 9, minute);
  test.join("w1");
  test.add(kind_spec("late", "build"));
  test.claim("late", "w1", 600 * minute);
  test.after(5 * minute);
  const DurationRange told = *left_of(test.pool, test.index("late"), test.now);
  const PlayStart start = forecast_question(test.pool, {}, test.now).value().start;
  int below_p50 = 0;
  for (int run = 0; run < 1000; ++run) {
    const Millis left = ForecastDraws(start, 3, run).left(0, 0);
    EXPECT_GE(left, 1);
    below_p50 += left < told.p50_ms ? 1 : 0;
  }
  EXPECT_NEAR(below_p50, 500, 150);
}

// Of what nothing is known, one play in a few hundred would else last for years, and so would every
// mean over plays.
TEST(ForecastDraws, OfWhatRunsStayWithinReason) {
  TestPool test;
  test.join("w1");
  TaskSpec spec = task_spec("a");
  spec.estimate_ms = 10 * minute;
  test.add(spec);
  test.claim("a", "w1", 600 * minute);
  const PlayStart start = forecast_question(test.pool, {}, test.now).value().start;
  constexpr int draws = 4000;
  double sum = 0;
  for (int run = 0; run < draws; ++run) {
    const auto left = static_cast<double>(ForecastDraws(start, 3, run).left(0, 0));
    EXPECT_LT(left, 80.0 * 10 * minute);
    sum += left;
  }
  EXPECT_LT(sum / draws, 8.0 * 10 * minute);
}

}  // namespace
}  // namespace evener
