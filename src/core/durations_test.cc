// What is learned of durations: against plain floating point, against histories that were made from
// a known distribution, and within its bounds.
#include "core/durations.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/durations_codec.h"

namespace evener {
namespace {

constexpr Millis default_estimate = 60'000;

TEST(LogScale, AgreesWithTheLibrarysLogarithmToAMillionth) {
  for (Millis duration = 1; duration <= limits::longest_duration; duration += 1 + duration / 97) {
    const double exact = std::log(static_cast<double>(duration)) * micros;
    ASSERT_LE(std::abs(static_cast<double>(log_of(duration)) - exact), 2) << duration;
    const auto error = static_cast<double>(std::abs(millis_of(log_of(duration)) - duration));
    ASSERT_LE(error, 0.5 + static_cast<double>(duration) * 2e-6) << duration;
  }
  EXPECT_EQ(log_of(0), 0);
  EXPECT_EQ(millis_of(-5 * micros), 1);
  EXPECT_EQ(millis_of(1000 * micros), limits::longest_duration);
}

TEST(LogScale, KnowsQuantilesOfStudentsT) {
  EXPECT_NEAR(static_cast<double>(upper_decile(1 * micros)), 3.0777e6, 2e3);
  EXPECT_NEAR(static_cast<double>(upper_decile(3 * micros)), 1.6377e6, 2e3);
  EXPECT_NEAR(static_cast<double>(upper_decile(30 * micros)), 1.3104e6, 2e3);
  EXPECT_NEAR(static_cast<double>(upper_decile(1'000'000 * micros)), 1.2816e6, 2e3);
}

TEST(LogScale, TakesExactRoots) {
  for (const std::int64_t root : {0LL, 1LL, 2LL, 1000LL, 3'000'000'000LL}) {
    EXPECT_EQ(root_of(root * root), root);
    if (root < 2) continue;
    EXPECT_EQ(root_of(root * root - 1), root - 1);
  }
}

TEST(Kind, IsWhatTheTaskNamesOrElseItsIdWithoutNumbersAndItsLabels) {
  TaskSpec task;
  task.id = "restore-8000";
  EXPECT_EQ(kind_of(task), "restore-#");
  task.labels = {"slow", "db"};
  EXPECT_EQ(kind_of(task), "restore-# +db +slow");
  task.id = "fix-the-build";
  EXPECT_EQ(kind_of(task), "+db +slow");
  task.labels.clear();
  EXPECT_EQ(kind_of(task), "");
  task.id = "21.4";
  EXPECT_EQ(kind_of(task), "#.#");
  task.kind = "build";
  EXPECT_EQ(kind_of(task), "build");
}

TEST(Kind, KeepsWithinTheLengthOfAnId) {
  TaskSpec task;
  task.id = "t1";
  for (int i = 0; i < 20; ++i) task.labels.push_back(fmt::format("a-rather-long-label-{}", i));
  EXPECT_LE(kind_of(task).size(), limits::id_bytes);
  EXPECT_TRUE(kind_of(task).starts_with("t# +a-rather-long-label-0 +a-rather-long-label-1 "));
}

TEST(Moments, AgreeWithWeightedSumsInFloatingPoint) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal(11, 0.7);
  Moments seen;
  std::vector<std::pair<double, double>> all;  // value, weight
  for (int i = 0; i < 500; ++i) {
    const auto value = static_cast<LogMicros>(normal(random) * micros);
    seen.add(value);
    for (auto& [other, weight] : all) weight *= std::exp2(-1.0 / 32);
    all.emplace_back(static_cast<double>(value) / micros, 1);
  }
  double weight = 0;
  double mean = 0;
  double spread = 0;
  for (const auto& [value, w] : all) weight += w;
  for (const auto& [value, w] : all) mean += value * w / weight;
  for (const auto& [value, w] : all) spread += (value - mean) * (value - mean) * w;
  EXPECT_NEAR(static_cast<double>(seen.weight) / micros, weight, 0.01);
  EXPECT_NEAR(static_cast<double>(seen.mean) / micros, mean, 0.001);
  EXPECT_NEAR(static_cast<double>(seen.spread) / micros, spread, 0.01);
}

// Tasks of several kinds by several workers, whose durations are lognormal and do not change.
struct History {
  int kinds = 1;
  int workers = 1;
  double apart = 1.5;          // kinds, in standard deviations of the logarithm
  double workers_apart = 0.0;  // workers at one kind
  double noise = 0.5;          // one worker at one kind
  double estimates = -1;       // error of users' estimates; none if negative
  int tasks = 5000;

  struct Result {
    double coverage = 0;
    double median_error = 0;
    LogMicros bias = 0;
  };

  Result run(unsigned seed) const {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::vector<double> kind_means;
    std::vector<double> worker_means;
    for (int i = 0; i < kinds; ++i) kind_means.push_back(11 + apart * normal(random));
    for (int i = 0; i < kinds * workers; ++i) {
      worker_means.push_back(workers_apart * normal(random));
    }
    Durations durations;
    std::int64_t inside = 0;
    std::int64_t tested = 0;
    std::vector<double> errors;
    for (int i = 0; i < tasks; ++i) {
      const auto kind = static_cast<std::size_t>(random() % static_cast<unsigned>(kinds));
      const auto worker = static_cast<std::uint32_t>(random() % static_cast<unsigned>(workers));
      const double mean =
          kind_means[kind] + worker_means[kind * static_cast<std::size_t>(workers) + worker];
      const double log = mean + noise * normal(random);
      Work work{
          .kind = durations.intern_kind(fmt::format("kind-{}", kind)), .worker = WorkerIndex{worker}
      };
      if (estimates >= 0) {
        work.estimate = static_cast<Millis>(std::exp(log - 0.4 + estimates * normal(random)));
      }
      const Expectation expected = durations.expect(work, default_estimate);
      const auto took = static_cast<Millis>(std::exp(log));
      if (expected.source != Source::nothing) {
        ++tested;
        if (expected.p10 <= log_of(took) && log_of(took) <= expected.p90) ++inside;
        errors.push_back(static_cast<double>(std::abs(log_of(took) - expected.p50)) / micros);
      }
      durations.finished(work, took, expected);
    }
    std::sort(errors.begin(), errors.end());
    return {
        .coverage = 100.0 * static_cast<double>(inside) / static_cast<double>(tested),
        .median_error = errors[errors.size() / 2],
        .bias = durations.bias().mean
    };
  }
};

TEST(Durations, FourOfFiveTasksEndWithinTheRangePredictedForThem) {
  const std::vector<std::pair<std::string, History>> histories{
      {"one kind, one worker", {}},
      {"workers alike", {.kinds = 5, .workers = 4}},
      {"workers apart", {.kinds = 5, .workers = 4, .workers_apart = 0.5}},
      {"workers far apart", {.kinds = 5, .workers = 4, .workers_apart = 1, .noise = 0.3}},
      {"few of each", {.kinds = 30, .workers = 10, .workers_apart = 0.3, .tasks = 2000}},
      {"kinds alike", {.kinds = 30, .workers = 10, .apart = 0, .noise = 1, .tasks = 2000}},
      {"with estimates", {.kinds = 5, .workers = 4, .workers_apart = 0.5, .estimates = 0.3}}
  };
  for (const auto& [name, history] : histories) {
    double sum = 0;
    constexpr int seeds = 4;
    for (unsigned seed = 1; seed <= seeds; ++seed) sum += history.run(seed).coverage;
    EXPECT_NEAR(sum / seeds, 80, 3) << name;
  }
}

// The median of |normal| is 0.6745 standard deviations: nobody can do better than that.
TEST(Durations, PredictAlmostAsWellAsWhoKnowsTheDistribution) {
  const History history{.kinds = 5, .workers = 4, .workers_apart = 0.5, .noise = 0.5};
  EXPECT_LT(history.run(7).median_error, 0.6745 * 0.5 * 1.08);
}

TEST(Durations, LearnTheBiasOfEstimates) {
  const History history{.estimates = 0.3};
  EXPECT_NEAR(static_cast<double>(history.run(5).bias) / micros, 0.4, 0.1);
}

TEST(Durations, GiveWideRangesAsLongAsLittleIsKnown) {
  Durations durations;
  const Work work{.kind = durations.intern_kind("build"), .worker = WorkerIndex{0}};
  LogMicros before = INT64_MAX;
  for (int i = 0; i < 4; ++i) {
    const Expectation expected = durations.expect(work, default_estimate);
    EXPECT_LT(expected.p90 - expected.p10, before);
    before = expected.p90 - expected.p10;
    durations.finished(work, 100'000 + i % 2 * 50'000, expected);
  }
  EXPECT_GT(before, log_of(150'000) - log_of(100'000) + micros / 4)
      << "four tasks make nobody sure";
}

TEST(Durations, FollowAChangeWithinSomeThirtyTasks) {
  Durations durations;
  const Work work{.kind = durations.intern_kind("build"), .worker = WorkerIndex{0}};
  for (int i = 0; i < 200; ++i) durations.finished(work, 100'000 + i % 7 * 1000, {});
  for (int i = 0; i < 64; ++i) durations.finished(work, 400'000 + i % 7 * 1000, {});
  const Millis expected = millis_of(durations.expect(work, default_estimate).p50);
  EXPECT_GT(expected, 250'000);
}

TEST(Durations, FallBackFromTheWorkerToTheModelTheKindTheEstimateAndThePool) {
  Durations durations;
  const KindIndex kind = durations.intern_kind("build");
  const ModelIndex model = durations.intern_model({"gpu", "model=large"});
  const Work fast{.kind = kind, .worker = WorkerIndex{0}, .model = model};
  const auto source = [&](const Work& work) {
    return durations.expect(work, default_estimate).source;
  };
  EXPECT_EQ(source(fast), Source::nothing);
  for (int i = 0; i < 3; ++i) durations.finished(fast, 60'000, {});
  EXPECT_EQ(source(fast), Source::worker);
  EXPECT_EQ(source({.kind = kind, .worker = WorkerIndex{1}, .model = model}), Source::model);
  EXPECT_EQ(source({.kind = kind, .worker = WorkerIndex{1}}), Source::kind);
  const KindIndex other = durations.intern_kind("test");
  EXPECT_EQ(source({.kind = other, .estimate = 5000}), Source::estimate);
  EXPECT_EQ(source({.kind = other}), Source::pool);
}

// Every attempt is given up at the same time, or finishes before it.
TEST(Durations, AreNotFooledByAttemptsThatWereGivenUp) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(std::log(600'000.0), 0.8);
  Durations with;
  Durations without;
  const Work work{.kind = with.intern_kind("build"), .worker = WorkerIndex{0}};
  without.intern_kind("build");
  constexpr Millis patience = 900'000;
  for (int i = 0; i < 2000; ++i) {
    const auto would_take = static_cast<Millis>(std::exp(normal(random)));
    if (would_take <= patience) {
      with.finished(work, would_take, {});
      without.finished(work, would_take, {});
    } else {
      with.outlasted(work, patience, default_estimate);
    }
  }
  const auto error = [&](const Durations& durations) {
    const LogMicros expected = durations.expect(work, default_estimate).p50;
    return std::abs(static_cast<double>(expected - log_of(600'000))) / micros;
  };
  EXPECT_GT(error(without), 0.25) << "what ends early is what is seen";
  EXPECT_LT(error(with), 0.2);
  EXPECT_EQ(with.all().count, without.all().count) << "what did not finish was counted";
}

TEST(Durations, LearnNothingFromWhatIsGivenUpAtOnce) {
  Durations durations;
  const Work work{.kind = durations.intern_kind("build"), .worker = WorkerIndex{0}};
  for (int i = 0; i < 50; ++i) durations.finished(work, 600'000 + i * 10'000, {});
  const Moments before = durations.all();
  for (int i = 0; i < 50; ++i) durations.outlasted(work, 2000, default_estimate);
  EXPECT_EQ(durations.all(), before);
}

TEST(Durations, AreScoredByWhatWasExpectedBefore) {
  Durations durations;
  const Work work{.kind = durations.intern_kind("build"), .worker = WorkerIndex{0}};
  durations.finished(work, 1000, {.source = Source::nothing});
  EXPECT_TRUE(durations.scores().empty());
  const Expectation expected{
      .p10 = log_of(500), .p50 = log_of(1000), .p90 = log_of(2000), .source = Source::kind
  };
  durations.finished(work, 2000, expected);
  durations.finished(work, 4000, expected);
  ASSERT_EQ(durations.scores().size(), 2U);
  EXPECT_TRUE(durations.scores()[0].inside);
  EXPECT_FALSE(durations.scores()[1].inside);
  EXPECT_NEAR(static_cast<double>(durations.scores()[1].error), std::log(4) * micros, 3);
  for (std::size_t i = 0; i < 2 * Durations::most_scores; ++i) {
    durations.finished(work, 1000, expected);
  }
  EXPECT_EQ(durations.scores().size(), Durations::most_scores);
}

std::string encoded(const Durations& durations) {
  Encoder out;
  DurationsCodec::encode(out, durations);
  return out.take();
}

TEST(Durations, StayWithinTheirBoundsAndGoThroughASnapshot) {
  Durations durations;
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    const KindIndex kind = durations.intern_kind(fmt::format("kind-{}", random() % 3000));
    const WorkerIndex worker{static_cast<std::uint32_t>(random() % 40)};
    durations.finished({.kind = kind, .worker = worker}, 1000 + i, {});
    if (i % 1000 != 0) continue;
    const std::string bytes = encoded(durations);
    Durations restored;
    Decoder in(bytes);
    DurationsCodec::decode(in, restored);
    ASSERT_TRUE(in.ok() && in.at_end());
    ASSERT_EQ(encoded(restored), bytes);
  }
  EXPECT_EQ(durations.kinds().size(), Durations::most_kinds);
  EXPECT_LE(durations.pairs(), Durations::most_pairs);
  EXPECT_EQ(durations.all().count, 20'000);
}

TEST(Durations, MakeRoomByTheKindUsedLongestAgoUnlessItHasOpenTasks) {
  Durations durations;
  const KindIndex kept = durations.intern_kind("kept");
  durations.count_open(kept, true);
  const KindIndex old = durations.intern_kind("old");
  for (std::size_t i = durations.kinds().size(); i < Durations::most_kinds; ++i) {
    durations.intern_kind(fmt::format("kind-{}", i));
  }
  EXPECT_EQ(durations.intern_kind("new"), old);
  EXPECT_EQ(durations.kind(kept).name, "kept");
  EXPECT_EQ(durations.kind_named("old"), other_kind);
  for (std::uint32_t i = 1; i < Durations::most_kinds; ++i) {
    durations.count_open(KindIndex{i}, true);
  }
  EXPECT_EQ(durations.intern_kind("one too many"), other_kind);
}

TEST(Durations, ArePlannedAnewOnlyWhenTheyMoveByAStep) {
  Durations durations;
  const KindIndex kind = durations.intern_kind("build");
  const Work work{.kind = kind, .worker = WorkerIndex{0}};
  EXPECT_EQ(durations.planned(kind, -1, 60'000), 60'000);
  int renewals = 0;
  for (int i = 0; i < 1000; ++i) {
    durations.finished(work, 300'000 + i % 5 * 10'000, {});
    if (!durations.wants_renewal(kind)) continue;
    durations.renew(kind, default_estimate);
    ++renewals;
  }
  EXPECT_LE(renewals, 8);
  const Millis planned = durations.planned(kind, -1, 60'000);
  EXPECT_NEAR(static_cast<double>(planned), 320'000, 320'000 * 0.1);
  const Millis with_estimate = durations.planned(kind, 60'000, 60'000);
  EXPECT_GT(with_estimate, 60'000) << "a kind of which much was seen outweighs an estimate";
  EXPECT_LT(with_estimate, planned);
  for (int i = 0; i < 32; ++i) durations.finished(work, 900'000, {});
  EXPECT_TRUE(durations.wants_renewal(kind));
}

TEST(Durations, OfKindsNeverSeenArePlannedByThePool) {
  Durations durations;
  const KindIndex seen = durations.intern_kind("build");
  const KindIndex unseen = durations.intern_kind("test");
  durations.count_open(unseen, true);
  int renewals = 0;
  for (int i = 0; i < 100; ++i) {
    durations.finished({.kind = seen, .worker = WorkerIndex{0}}, 4'000 + i % 5 * 500, {});
    const std::optional<KindIndex> found = durations.unseen_to_renew(default_estimate);
    if (!found) continue;
    EXPECT_EQ(*found, unseen);
    durations.renew(*found, default_estimate);
    ++renewals;
  }
  EXPECT_GT(renewals, 0);
  EXPECT_LE(renewals, 12) << "only when it moves by two steps";
  EXPECT_NEAR(static_cast<double>(durations.planned(unseen, -1, 60'000)), 5'000, 1'500);
  EXPECT_EQ(durations.planned(unseen, 90'000, 90'000), 90'000) << "its own estimate says more";
}

TEST(Durations, ArePlannedByEstimatesAsFarAsTheseProveRight) {
  // What a task that is estimated at a minute is planned at, after 40 of 1 to 10 minutes took as
  // long as was estimated of one `shift` places later.
  const auto planned_after = [](int shift) {
    Durations durations;
    const KindIndex kind = durations.intern_kind("build");
    for (int i = 0; i < 40; ++i) {
      const Work work{.kind = kind, .estimate = (1 + i * 7 % 10) * 60'000};
      durations.finished(work, (1 + (i + shift) * 7 % 10) * 60'000, {});
    }
    durations.renew(kind, default_estimate);
    return durations.planned(kind, 60'000, 60'000);
  };
  EXPECT_NEAR(static_cast<double>(planned_after(0)), 60'000, 3'000);
  EXPECT_GT(planned_after(3), 120'000) << "estimates told nothing: nearer to the kind's mean";
}

}  // namespace
}  // namespace evener
