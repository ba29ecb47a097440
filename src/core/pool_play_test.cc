#include "core/pool_play.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/seeded.h"
#include "core/simulation.h"
#include "core/snapshot_codec.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant played_from = 5'000'000;

// A pool by its facts. Each task takes its estimate, whoever does it.
class PlayedPool {
 public:
  PlayedPool() { write(PoolCreated{.pool = "p", .card = {}}); }

  void write(FactBody body, Instant at = played_from) {
    pool.apply(
        {.seq = pool.state().last.next(), .prev = {}, .at = at, .by = "rod", .body = std::move(body)
        }
    );
    pool.repair(SIZE_MAX);
  }

  void add(const std::string& id, Millis takes, const std::vector<std::string>& needs = {}) {
    TaskSpec task{.id = id};
    task.estimate_ms = takes;
    for (const std::string& need : needs) task.needs.push_back({need});
    write(TaskAdded{std::move(task)});
  }

  void join(const std::string& name, std::vector<std::string> capabilities = {}) {
    write(WorkerRegistered{{.name = name, .capabilities = std::move(capabilities)}});
  }

  void claim(const std::string& task, const std::string& worker, Instant at = played_from) {
    const Fence fence = pool.state().last_fence.next();
    write(TaskClaimed{task, worker, fence, 1, 60'000, at + 60'000}, at);
  }

  void finish(const std::string& task, const std::string& worker) {
    const Fence fence = pool.state().task(pool.state().find_task(task)).fence;
    write(AttemptFinished{.task = task, .worker = worker, .fence = fence});
  }

  PlayStart start() const {
    const auto employed = [&](WorkerIndex worker) {
      return pool.state().worker(worker).is_employed();
    };
    return play_start(pool, played_from, employed).value();
  }

  Pool pool;
};

Play played_by_estimate(const PlayStart& start) {
  return play_on(start, [&](std::uint32_t task, std::uint32_t) {
    const PlayTask& played = start.tasks[task];
    return played.work.estimate - std::max<Millis>(0, played.elapsed);
  });
}

std::vector<std::string> never_done(const PlayStart& start) {
  std::vector<std::string> out;
  for (const std::uint32_t task : played_by_estimate(start).never) {
    out.push_back(start.tasks[task].id);
  }
  return out;
}

// The path leads from the beginning to the end without a gap.
void expect_whole_path(const Play& play) {
  Millis at = 0;
  for (const PlayStep& step : play.last_path) {
    EXPECT_EQ(step.began, at);
    EXPECT_LE(step.waited, step.began);
    at = step.ended;
  }
  EXPECT_EQ(at, play.finish);
}

// But for what the pool works out ahead where durations are known, which a play leaves out.
TEST(PoolPlay, GoesNearlyAsASimulationOfTheSamePlan) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SeededNumbers numbers(seed);
    SimulatedPlan plan{.settings = {.learn = false}};
    PlayedPool here;
    here.write(PoolConfigured{.card = {}, .settings = plan.settings});
    for (int i = 0; i < 30; ++i) {
      TaskSpec task{.id = fmt::format("t{}", i)};
      task.estimate_ms = static_cast<Millis>(1 + numbers.below(9000));
      for (int before = std::max(0, i - 6); before < i; ++before) {
        if (numbers.below(5) == 0) task.needs.push_back({fmt::format("t{}", before)});
      }
      if (numbers.below(6) == 0) task.locks = {"gpu"};
      plan.tasks.push_back(task);
      plan.durations.push_back({.any = *task.estimate_ms});
      here.write(TaskAdded{task});
    }
    for (int i = 0; i < 3; ++i) {
      plan.workers.push_back({.name = fmt::format("w{}", i)});
      here.join(plan.workers.back().name);
    }
    const Simulation simulated = simulate(plan).value();
    const Play play = played_by_estimate(here.start());
    const auto makespan = static_cast<double>(simulated.makespan_ms);
    ASSERT_GE(static_cast<double>(play.finish), makespan * 0.95) << seed;
    ASSERT_LE(static_cast<double>(play.finish), makespan * 1.2) << seed;
    EXPECT_EQ(play.busy, simulated.sequential_ms);
    EXPECT_THAT(play.never, IsEmpty());
    expect_whole_path(play);
  }
}

TEST(PoolPlay, ChangesNothingInThePool) {
  PlayedPool here;
  here.add("a", 1000);
  here.join("w");
  here.claim("a", "w");
  const std::string before = state_digest(here.pool.state());
  played_by_estimate(here.start());
  EXPECT_EQ(state_digest(here.pool.state()), before);
}

TEST(PoolPlay, GoesOnFromWhereItStands) {
  PlayedPool here;
  here.add("over", 9000);
  here.add("runs", 5000, {"over"});
  here.add("next", 1000, {"runs"});
  here.join("w");
  here.claim("over", "w", played_from - 9000);
  here.finish("over", "w");
  here.claim("runs", "w", played_from - 2000);
  const PlayStart start = here.start();
  EXPECT_EQ(start.tasks.size(), 2U);
  EXPECT_EQ(played_by_estimate(start).finish, 3000 + 1000);
  here.write(WorkerDrained{.worker = "w"});
  EXPECT_THAT(never_done(here.start()), ElementsAre("next"));
  EXPECT_EQ(here.start().slots(), 0);
}

TEST(PoolPlay, LeavesOutWhatWaitsForPeople) {
  PlayedPool here;
  here.join("w");
  for (const char* const id : {"held", "dead", "blocked", "free"}) here.add(id, 1000);
  here.add("behind", 1000, {"dead"});
  here.add("gpu", 1000);
  TaskSpec gpu{.id = "trained", .capabilities = {"gpu"}};
  here.write(TaskAdded{gpu});
  here.write(TaskHeld{.task = "held"});
  here.write(TaskCancelled{.task = "dead"});
  here.write(BlockerRaised{.blocker = 1, .task = "blocked", .text = "no", .stops = Stops::start});
  EXPECT_THAT(never_done(here.start()), ElementsAre("held", "blocked", "behind", "trained"));
  EXPECT_EQ(played_by_estimate(here.start()).finish, 2000);
}

TEST(PoolPlay, OpensPhasesAsTheirTasksEnd) {
  PlayedPool here;
  here.join("w");
  here.join("v");
  here.write(PhaseSet{{.id = "first"}});
  here.write(PhaseSet{{.id = "second", .after = {"first"}}});
  here.write(PhaseSet{{.id = "third", .after = {"second"}, .approver = "rod"}});
  for (const char* const phase : {"first", "second", "third"}) {
    TaskSpec task{.id = phase, .phase = phase};
    task.estimate_ms = 1000;
    here.write(TaskAdded{task});
  }
  EXPECT_EQ(played_by_estimate(here.start()).finish, 3000);
  here.claim("first", "w");
  here.finish("first", "w");
  EXPECT_EQ(played_by_estimate(here.start()).finish, 2000);
  EXPECT_THAT(never_done(here.start()), IsEmpty());
}

TEST(PoolPlay, TakesAPhaseThatWasNamedBeforeTheOneItComesAfter) {
  PlayedPool here;
  here.join("w");
  here.write(TaskAdded{{.id = "late", .phase = "second"}});
  here.write(PhaseSet{{.id = "first"}});
  here.write(PhaseSet{{.id = "second", .after = {"first"}}});
  EXPECT_THAT(never_done(here.start()), ElementsAre("late")) << "nothing opens the first";
}

// A task for zoe, and after the delay, if there is one, for others too.
TaskSpec for_zoe(Millis delay, const std::vector<std::string>& locks = {}) {
  TaskSpec task{.id = "zoes", .assignee = "zoe", .locks = locks};
  task.estimate_ms = 1000;
  if (delay >= 0) task.assignee_delay_ms = delay;
  return task;
}

TEST(PoolPlay, WaitsForAnAssigneeUntilItsDelayIsOver) {
  for (const std::vector<std::string>& locks : {std::vector<std::string>{}, {"port"}}) {
    PlayedPool here;
    here.join("ada");
    here.add("first", 2000);
    TaskSpec task = for_zoe(60'000, locks);
    task.needs.push_back({"first"});
    here.write(TaskAdded{std::move(task)});
    const PlayStart start = here.start();
    const Play play = played_by_estimate(start);
    ASSERT_EQ(play.last_path.size(), 2U) << "what came before the wait is on the path";
    EXPECT_EQ(play.last_path[0].ended, 2000);
    EXPECT_EQ(play.last_path[1].waited_for, WaitedFor::assignee);
    EXPECT_EQ(play.last_path[1].waited, 60'000);
    EXPECT_EQ(start.tasks[play.last_path[1].task].assignee, "zoe");
  }
}

TEST(PoolPlay, WaitsForAnybodyOnceTheDelayIsOver) {
  PlayedPool here;
  here.join("ada");
  here.add("long", 5000);
  here.write(TaskAdded{for_zoe(1000)});
  const Play play = played_by_estimate(here.start());
  EXPECT_EQ(play.last_path.back().waited, 5000);
  EXPECT_EQ(play.last_path.back().waited_for, WaitedFor::worker);
}

TEST(PoolPlay, WaitsForAnAssigneeWhoIsBusyWhereOthersAreNot) {
  PlayedPool here;
  here.join("zoe", {"gpu"});
  here.join("ada");
  here.write(TaskAdded{for_zoe(-1, {"port"})});
  TaskSpec other{.id = "other", .priority = Priority::urgent, .capabilities = {"gpu"}};
  other.estimate_ms = 5000;
  here.write(TaskAdded{std::move(other)});
  const Play play = played_by_estimate(here.start());
  EXPECT_EQ(play.last_path.back().waited, 5000);
  EXPECT_EQ(play.last_path.back().waited_for, WaitedFor::assignee);
  expect_whole_path(play);
}

TEST(PoolPlay, WaitsForALockThatItsFreeAssigneeCannotTake) {
  PlayedPool here;
  here.join("ada");
  here.join("zoe");
  TaskSpec holder{.id = "holder", .locks = {"port"}};
  holder.estimate_ms = 5000;
  here.write(TaskAdded{std::move(holder)});
  here.claim("holder", "ada");
  here.write(TaskAdded{for_zoe(60'000, {"port"})});
  const Play play = played_by_estimate(here.start());
  EXPECT_EQ(play.last_path.back().waited, 5000);
  EXPECT_EQ(play.last_path.back().waited_for, WaitedFor::lock);
}

TEST(PoolPlay, TellsForWhatTheLastPathWaited) {
  PlayedPool here;
  here.join("w");
  here.add("long", 3000);
  here.add("short", 1000);
  Play play = played_by_estimate(here.start());
  ASSERT_EQ(play.last_path.size(), 2U);
  EXPECT_EQ(play.last_path[1].waited_for, WaitedFor::worker);
  EXPECT_EQ(play.last_path[1].waited, 3000);
  here.join("v");
  for (const char* const id : {"lock-a", "lock-b"}) {
    TaskSpec task{.id = id, .locks = {"port"}};
    task.estimate_ms = 5000;
    here.write(TaskAdded{task});
  }
  play = played_by_estimate(here.start());
  EXPECT_EQ(play.last_path.back().waited_for, WaitedFor::lock);
  expect_whole_path(play);
}

TEST(PoolPlay, TakesWorkersInAndOut) {
  PlayedPool here;
  here.join("w", {"gpu"});
  here.add("a", 1000);
  here.add("b", 1000);
  TaskSpec gpu{.id = "c", .capabilities = {"gpu"}};
  gpu.estimate_ms = 1000;
  here.write(TaskAdded{gpu});
  const PlayStart start = here.start();
  EXPECT_EQ(played_by_estimate(start).finish, 3000);
  const PlayStart more = with_workers(start, 2, {});
  EXPECT_EQ(more.slots(), 3);
  EXPECT_EQ(played_by_estimate(more).finish, 1000);
  const PlayStart other = with_workers(more, 0, {0, 1});
  EXPECT_EQ(other.slots(), 1);
  EXPECT_EQ(played_by_estimate(other).finish, 3000);
}

}  // namespace
}  // namespace evener
