#include "core/worker_shares.h"

#include <gtest/gtest.h>

#include "core/simulation.h"

namespace evener {
namespace {

void add_shared(
    SimulatedPlan& plan, const std::string& id, Millis takes, const std::string& wants
) {
  TaskSpec task{.id = id};
  task.estimate_ms = takes;
  if (!wants.empty()) task.capabilities = {wants};
  plan.tasks.push_back(std::move(task));
  plan.durations.push_back({.any = takes});
}

std::string first_of(const SimulatedPlan& plan, const std::string& worker) {
  const Result<Simulation> run = simulate(plan);
  EXPECT_TRUE(run.ok());
  for (const SimulatedAttempt& attempt : run->attempts) {
    if (attempt.worker == worker) return attempt.task;
  }
  return "";
}

// Both workers may do what asks for nothing; only w1 what asks for a GPU.
SimulatedPlan two_kinds() {
  SimulatedPlan plan;
  plan.workers = {{.name = "w1", .capabilities = {"gpu"}}, {.name = "w2"}};
  add_shared(plan, "long", 3000, "");
  add_shared(plan, "gpu-1", 2000, "gpu");
  add_shared(plan, "gpu-2", 2000, "gpu");
  return plan;
}

TEST(WorkerShares, BringWhatOnlyABusyWorkerCanDoForward) {
  SimulatedPlan plan = two_kinds();
  add_shared(plan, "longer", 3500, "");
  EXPECT_EQ(first_of(plan, "w1"), "gpu-1")
      << "2 s, and 7.25 s wait for each slot of w1; 3.5 s for w2";
}

TEST(WorkerShares, LeaveTheOrderWhereWorkersAreAlike) {
  SimulatedPlan plan = two_kinds();
  plan.workers[1].capabilities = {"gpu"};
  EXPECT_EQ(first_of(plan, "w1"), "long");
}

TEST(WorkerShares, DoNotOutrankPriorityOrAge) {
  SimulatedPlan plan = two_kinds();
  add_shared(plan, "urgent", 1, "");
  add_shared(plan, "other", 1, "");
  for (const std::size_t task : {3U, 4U}) plan.tasks[task].priority = Priority::high;
  EXPECT_EQ(simulate(plan)->attempts[0].task, "urgent");
  EXPECT_EQ(simulate(plan)->attempts[1].task, "other");
}

class SharedWork : public testing::Test {
 protected:
  TaskIndex open(const std::string& id, Millis takes, const std::vector<std::string>& wants) {
    const TaskIndex task = state_.add_task(id);
    state_.task(task).estimate = takes;
    state_.task(task).capabilities = state_.intern_capabilities(wants);
    shares_.touch(task);
    return task;
  }

  WorkerIndex come(const std::string& name, const std::vector<std::string>& offers, int slots) {
    const WorkerIndex worker = state_.add_worker(name);
    state_.describe(worker, {.name = name, .capabilities = offers, .slots = slots});
    shares_.touch(worker);
    return worker;
  }

  Millis share(const std::vector<std::string>& wants) {
    return shares_.of(state_.intern_capabilities(wants));
  }

  State state_;
  WorkerShares shares_{state_};
};

TEST_F(SharedWork, CountsUntilItBeginsAndBySlots) {
  const TaskIndex easy = open("easy", 4000, {});
  open("rare", 500, {"gpu"});
  come("w1", {"gpu"}, 1);
  EXPECT_FALSE(shares_.differ());
  const WorkerIndex plain = come("w2", {}, 3);
  EXPECT_TRUE(shares_.differ());
  EXPECT_EQ(share({}), 1000);
  EXPECT_EQ(share({"gpu"}), 1500);
  EXPECT_EQ(share({"db"}), 0) << "nobody has it";
  state_.task(easy).stage = Stage::running;
  shares_.touch(easy);
  EXPECT_EQ(share({"gpu"}), 500);
  state_.worker(plain).draining = true;
  shares_.touch(plain);
  EXPECT_FALSE(shares_.differ());
}

TEST_F(SharedWork, IsKnownOfTasksThatCameWhileWorkersWereAlike) {
  come("w1", {"gpu"}, 1);
  open("rare", 500, {"gpu"});
  come("w2", {}, 1);
  EXPECT_EQ(share({"gpu"}), 500);
}

TEST_F(SharedWork, PutsWhoHasLeastBeforeThemFirst) {
  come("w1", {"gpu"}, 1);
  come("w2", {"db", "linux"}, 1);
  open("rare", 500, {"gpu"});
  const auto place = [&](const std::vector<std::string>& offers) {
    return shares_.place_of(state_.intern_capabilities(offers), 0);
  };
  EXPECT_LT(place({"db", "linux"}), place({"gpu"}));
  EXPECT_LT(place({}), place({"db", "linux"})) << "equal loads: whoever can do less";
}

TEST_F(SharedWork, NamesWhoAloneMayDoIt) {
  const WorkerIndex able = come("w1", {"gpu"}, 1);
  come("w2", {}, 1);
  EXPECT_EQ(shares_.only_taker(state_.intern_capabilities({"gpu"})), able);
  EXPECT_EQ(shares_.only_taker(CapabilitySet{0}), std::nullopt);
}

TEST_F(SharedWork, IsNotSharedOutAmongMoreThan64Kinds) {
  open("rare", 500, {"c0"});
  for (int i = 0; i < 64; ++i) come("w" + std::to_string(i), {"c" + std::to_string(i)}, 1);
  EXPECT_EQ(share({"c0"}), 500);
  const WorkerIndex last = come("w64", {"c64"}, 1);
  EXPECT_FALSE(shares_.differ());
  EXPECT_EQ(share({"c0"}), 0);
  state_.worker(last).draining = true;
  shares_.touch(last);
  EXPECT_EQ(share({"c0"}), 500);
}

}  // namespace
}  // namespace evener
