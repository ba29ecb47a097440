#include "core/skill.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <queue>

#include "base/seeded.h"
#include "core/decide.h"
#include "core/recount.h"

namespace evener {
namespace {

// ---- what is believed --------------------------------------------------------------------------

Tries tried(int done, int failed) {
  Tries tries;
  for (int i = 0; i < done; ++i) tries.add(true);
  for (int i = 0; i < failed; ++i) tries.add(false);
  return tries;
}

TEST(Tries, OfAFewMoveLittle) {
  const std::int64_t above = 800'000;
  EXPECT_EQ(Tries{}.share(above, 4 * micros), above);
  EXPECT_NEAR(static_cast<double>(tried(0, 1).share(above, 4 * micros)), 640'000, 1);
  EXPECT_NEAR(static_cast<double>(tried(1, 0).share(above, 4 * micros)), 840'000, 1);
  EXPECT_LT(tried(0, 40).share(above, 4 * micros), 110'000);
  EXPECT_GT(tried(0, 10'000).share(1, 4 * micros), 0);
}

TEST(Tries, ForgetWhatWasLongAgo) {
  Tries tries = tried(0, 100);
  for (int i = 0; i < 64; ++i) tries.add(true);
  EXPECT_GT(tries.share(500'000, 4 * micros), 700'000);
  EXPECT_EQ(tries.done, 64);
  EXPECT_EQ(tries.failed, 100);
}

TEST(Tries, OfWhichOneIsReworkedCountForOneLess) {
  Tries tries = tried(4, 0);
  const std::int64_t before = tries.share(micros, micros);
  tries.rework();
  EXPECT_LT(tries.share(micros, micros), before);
  EXPECT_EQ(tries.reworked, 1);
  EXPECT_EQ(tries.done, 4);
}

TEST(Skill, IsComparedWithTheWholeKind) {
  Durations durations;
  const KindIndex kind = durations.intern_kind("build");
  const Work good{.kind = kind, .worker = WorkerIndex{0}};
  const Work bad{.kind = kind, .worker = WorkerIndex{1}};
  const Work newcomer{.kind = kind, .worker = WorkerIndex{2}};
  for (int i = 0; i < 12; ++i) {
    durations.tried(good, true);
    durations.finished(good, 60'000, {});
    durations.tried(bad, i % 3 == 0);
    if (i % 3 == 0) durations.finished(bad, 60'000, {});
  }
  EXPECT_GT(skill_of(durations, good).fit, 0);
  EXPECT_LT(skill_of(durations, bad).fit, 0);
  EXPECT_EQ(skill_of(durations, newcomer).fit, 0);
  EXPECT_GT(skill_of(durations, good).share, 850'000);
}

TEST(Skill, GrowsWithSpeedAndIsBounded) {
  Durations durations;
  const KindIndex kind = durations.intern_kind("build");
  const Work fast{.kind = kind, .worker = WorkerIndex{0}};
  const Work slow{.kind = kind, .worker = WorkerIndex{1}};
  for (int i = 0; i < 30; ++i) {
    for (const auto& [work, took] : {std::pair(fast, 1000), std::pair(slow, 100'000)}) {
      durations.tried(work, true);
      durations.finished(work, took, {});
    }
  }
  EXPECT_EQ(skill_of(durations, fast).fit, most_fit);
  EXPECT_EQ(skill_of(durations, slow).fit, -most_fit);
}

TEST(Skill, OfAModelSpeaksForItsNewWorkers) {
  Durations durations;
  const KindIndex kind = durations.intern_kind("build");
  const ModelIndex weak = durations.intern_model({"model=weak"});
  for (int i = 0; i < 10; ++i) {
    durations.tried({.kind = kind, .worker = WorkerIndex{0}, .model = weak}, false);
    durations.tried({.kind = kind, .worker = WorkerIndex{1}}, true);
  }
  EXPECT_LT(skill_of(durations, {.kind = kind, .worker = WorkerIndex{2}, .model = weak}).fit, 0);
  EXPECT_EQ(skill_of(durations, {.kind = kind, .worker = WorkerIndex{2}}).fit, 0);
}

TEST(Skill, IsLeftOutOfEverySixteenthClaim) {
  State state;
  int plain = 0;
  for (std::int64_t fence = 0; fence < 160; ++fence) {
    state.last_fence = Fence{fence};
    plain += is_next_claim_plain(state) ? 1 : 0;
  }
  EXPECT_EQ(plain, 10);
}

// ---- a pool on a virtual clock -----------------------------------------------------------------

// Workers whose success and speed nobody tells the pool.
struct Hidden {
  std::function<double(std::size_t worker, std::size_t kind)> success;
  std::function<Millis(std::size_t worker)> takes;
};

class SkilledPool {
 public:
  SkilledPool(std::size_t workers, const PoolSettings& settings, Hidden hidden, std::uint64_t seed)
      : hidden_(std::move(hidden)), numbers_(seed) {
    note(PoolCreated{.pool = "skill", .card = {}});
    note(PoolConfigured{.card = {}, .settings = settings});
    for (std::size_t i = 0; i < workers; ++i) {
      note(WorkerRegistered{{.name = fmt::format("w{}", i)}});
    }
  }

  void add(std::size_t tasks, std::size_t kinds) {
    for (std::size_t i = 0; i < tasks; ++i) {
      const std::size_t kind = numbers_.below(kinds);
      TaskSpec task{.id = fmt::format("t{}", i), .kind = fmt::format("kind-{}", kind)};
      task.estimate_ms = 60'000;
      note(TaskAdded{std::move(task)});
      kinds_.push_back(kind);
    }
    pool_.repair(SIZE_MAX);
  }

  // Everybody claims whenever it is free, until nothing is left.
  void play() {
    for (std::size_t i = 0; i < pool_.state().workers.size(); ++i) take(i);
    while (!running_.empty()) {
      const Running over = running_.top();
      running_.pop();
      now_ = over.until;
      end(over);
      take(over.worker);
    }
  }

  const State& state() const { return pool_.state(); }

  // Of the attempts behind the first so many, the share that succeeded.
  double success(std::size_t from, std::size_t to) const {
    const auto at = [&](std::size_t i) { return ended_.begin() + static_cast<std::ptrdiff_t>(i); };
    return static_cast<double>(std::count(at(from), at(to), true)) / static_cast<double>(to - from);
  }

  double busiest_over_mean() const {
    double sum = 0;
    double most = 0;
    for (const auto& [worker, busy] : busy_) {
      sum += static_cast<double>(busy);
      most = std::max(most, static_cast<double>(busy));
    }
    return most * static_cast<double>(pool_.state().workers.size()) / sum;
  }

  std::string recounted() const {
    return fmt::format("{}", fmt::join(Recount::differences(pool_), "\n"));
  }

 private:
  struct Running {
    Instant until;
    Fence fence;
    TaskIndex task;
    std::size_t worker;

    bool operator>(const Running& other) const {
      return until != other.until ? until > other.until : fence > other.fence;
    }
  };

  void note(FactBody body) {
    pool_.apply(
        {.seq = pool_.state().last.next(), .at = now_, .by = "test", .body = std::move(body)}
    );
  }

  void take(std::size_t worker) {
    pool_.advance(now_);
    const Claim claim{.worker = fmt::format("w{}", worker), .lease_ms = limits::longest_lease};
    const Decision decision =
        decide_command(pool_, Author{"test", Scope::operate}, claim, {.now = now_, .wall = now_});
    if (decision.refusal) return;
    const auto taken = std::get<TaskClaimed>(decision.facts.back());
    note(taken);
    const Millis takes = hidden_.takes(worker);
    busy_[worker] += takes;
    running_.push({now_ + takes, taken.fence, pool_.state().find_task(taken.task), worker});
  }

  void end(const Running& over) {
    const std::string& task = pool_.state().task(over.task).id;
    const std::string worker = fmt::format("w{}", over.worker);
    const bool succeeds = numbers_.share() < hidden_.success(over.worker, kinds_[over.task.value]);
    ended_.push_back(succeeds);
    if (succeeds) {
      note(AttemptFinished{.task = task, .worker = worker, .fence = over.fence});
    } else {
      note(AttemptFailed{.task = task, .worker = worker, .fence = over.fence, .reason = "hidden"});
    }
    pool_.repair(SIZE_MAX);
  }

  Hidden hidden_;
  SeededNumbers numbers_;
  Pool pool_;
  Instant now_ = 1'000'000'000;
  std::vector<std::size_t> kinds_;  // by task
  std::vector<bool> ended_;         // in the order of the ends: whether it succeeded
  std::map<std::size_t, Millis> busy_;
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
};

PoolSettings plain_settings(bool learn) {
  PoolSettings settings;
  settings.fail_limit = 0;
  settings.learn = learn;
  return settings;
}

// Four workers, each good at one of four kinds and poor at the others.
std::unique_ptr<SkilledPool> specialists(bool learn, std::uint64_t seed) {
  const auto success = [](std::size_t worker, std::size_t kind) {
    return worker == kind ? 0.95 : 0.5;
  };
  const Hidden hidden{success, [](std::size_t) { return Millis{60'000}; }};
  auto pool = std::make_unique<SkilledPool>(4, plain_settings(learn), hidden, seed);
  pool->add(1200, 4);
  pool->play();
  return pool;
}

TEST(Skill, LeadsTasksToWhoDoesThemWellWithin95PercentOfAnOracle) {
  constexpr double oracle = 0.95;  // each task by the worker who is best at its kind
  double with = 0;
  double without = 0;
  constexpr int seeds = 5;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    with += specialists(true, seed)->success(200, 1000) / seeds;
    without += specialists(false, seed)->success(200, 1000) / seeds;
  }
  RecordProperty("with_skill", std::to_string(with));
  RecordProperty("without", std::to_string(without));
  EXPECT_GE(with, 0.95 * oracle);
  EXPECT_LT(without, 0.7);
}

TEST(Skill, LeavesNobodyIdleAndNothingUndone) {
  const std::unique_ptr<SkilledPool> pool = specialists(true, 3);
  const State& state = pool->state();
  for (const Task& task : state.tasks) EXPECT_TRUE(is_closed(task.stage)) << task.id;
  EXPECT_LE(pool->busiest_over_mean(), 1.05);
  EXPECT_EQ(pool->recounted(), "");
}

TEST(Skill, KeepsUnequalMachinesEquallyBusy) {
  SkilledPool pool(
      6,
      plain_settings(true),
      {[](std::size_t, std::size_t) { return 1.0; },
       [](std::size_t worker) { return 20'000 * static_cast<Millis>(worker + 1); }},
      1
  );
  pool.add(1000, 3);
  pool.play();
  EXPECT_LE(pool.busiest_over_mean(), 1.05);
}

}  // namespace
}  // namespace evener
