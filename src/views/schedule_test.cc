#include "views/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

namespace evener {
namespace {

using Job = ScheduleProblem::Job;

Job job(Millis duration, std::vector<std::uint32_t> after = {}, std::uint32_t kind = 0) {
  Job out;
  out.duration = duration;
  out.after = std::move(after);
  out.kind = kind;
  return out;
}

ScheduleProblem problem(std::vector<Job> jobs, std::vector<std::uint32_t> slots) {
  ScheduleProblem out;
  out.jobs = std::move(jobs);
  out.may = {std::vector<bool>(slots.size(), true)};
  out.slots = std::move(slots);
  return out;
}

// Gives every job a real history: one after the other, each by somebody who may do it.
void happen_in_sequence(ScheduleProblem& problem) {
  Millis at = 0;
  for (Job& what : problem.jobs) {
    const std::vector<bool>& may = problem.may[what.kind];
    what.worker = static_cast<std::uint32_t>(std::find(may.begin(), may.end(), true) - may.begin());
    what.started = std::max(at, what.release);
    at = what.started + what.duration;
  }
}

// Every order of the jobs, and every slot for each of them.
Millis brute_force(const ScheduleProblem& problem) {
  std::vector<std::uint32_t> owner;  // of each slot
  for (std::uint32_t w = 0; w < problem.slots.size(); ++w) {
    for (std::uint32_t s = 0; s < problem.slots[w]; ++s) owner.push_back(w);
  }
  const std::size_t count = problem.jobs.size();
  std::vector<Millis> free(owner.size(), 0);
  std::vector<Millis> ends(count, -1);
  Millis best = INT64_MAX;
  const std::function<void(std::size_t, Millis)> place = [&](std::size_t placed, Millis length) {
    if (length >= best) return;
    if (placed == count) {
      best = length;
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Job& what = problem.jobs[i];
      Millis earliest = what.release;
      bool may_come = ends[i] < 0;
      for (const std::uint32_t first : what.after) {
        may_come = may_come && ends[first] >= 0;
        earliest = std::max(earliest, ends[first]);
      }
      if (!may_come) continue;
      if (what.duration == 0) {
        ends[i] = earliest;
        place(placed + 1, std::max(length, earliest));
        ends[i] = -1;
        continue;
      }
      for (std::size_t s = 0; s < owner.size(); ++s) {
        if (!problem.may[what.kind][owner[s]]) continue;
        const Millis was = free[s];
        free[s] = ends[i] = std::max(earliest, was) + what.duration;
        place(placed + 1, std::max(length, ends[i]));
        free[s] = was;
        ends[i] = -1;
      }
    }
  };
  place(0, 0);
  return best;
}

TEST(BestSchedule, IsNothingForNothing) {
  const BestSchedule schedule = best_schedule({});
  EXPECT_EQ(schedule.length, 0);
  EXPECT_TRUE(schedule.optimal);
}

TEST(BestSchedule, FollowsAChain) {
  ScheduleProblem chain = problem({job(10), job(20, {0}), job(30, {1})}, {1, 1});
  happen_in_sequence(chain);
  const BestSchedule schedule = best_schedule(chain);
  EXPECT_EQ(schedule.length, 60);
  EXPECT_EQ(schedule.lower_bound, 60);
  EXPECT_TRUE(schedule.optimal);
}

// Longest first packs 5 5 4 4 3 3 3 on three workers into 11; 9 is possible.
TEST(BestSchedule, BeatsLongestFirstByExactSearch) {
  ScheduleProblem packing =
      problem({job(5), job(5), job(4), job(4), job(3), job(3), job(3)}, {1, 1, 1});
  happen_in_sequence(packing);
  const BestSchedule schedule = best_schedule(packing);
  EXPECT_EQ(schedule.length, 9);
  EXPECT_TRUE(schedule.optimal);
}

TEST(BestSchedule, UsesEverySlotOfAWorker) {
  ScheduleProblem slots = problem({job(10), job(10), job(10)}, {3});
  happen_in_sequence(slots);
  EXPECT_EQ(best_schedule(slots).length, 10);
}

TEST(BestSchedule, KeepsToThoseWhoMay) {
  ScheduleProblem gpu = problem({job(10, {}, 1), job(10, {}, 1), job(10), job(10)}, {1, 1});
  gpu.may = {{true, true}, {false, true}};
  happen_in_sequence(gpu);
  const BestSchedule schedule = best_schedule(gpu);
  EXPECT_EQ(schedule.length, 20);
  gpu.jobs[2].kind = 1;
  happen_in_sequence(gpu);
  EXPECT_EQ(best_schedule(gpu).lower_bound, 30);
  EXPECT_EQ(best_schedule(gpu).length, 30);
}

TEST(BestSchedule, WaitsForWhatComesLater) {
  ScheduleProblem late = problem({job(10), job(10)}, {1, 1});
  late.jobs[1].release = 25;
  happen_in_sequence(late);
  EXPECT_EQ(best_schedule(late).length, 35);
}

TEST(BestSchedule, TakesNoWorkerForJobsWithoutLength) {
  ScheduleProblem gate = problem({job(10), job(0, {0}), job(10, {1}), job(20)}, {1, 1});
  happen_in_sequence(gate);
  EXPECT_EQ(best_schedule(gate).length, 20);
}

TEST(BestSchedule, SurvivesACycle) {
  ScheduleProblem cycle = problem({job(10, {1}), job(10, {0}), job(5)}, {1, 1});
  happen_in_sequence(cycle);
  EXPECT_EQ(best_schedule(cycle).length, 15);
}

TEST(BestSchedule, EqualsBruteForceOnSmallCases) {
  std::mt19937 random(7);
  const auto up_to = [&](std::uint32_t most) {
    return static_cast<std::uint32_t>(random() % (most + 1));
  };
  for (int round = 0; round < 150; ++round) {
    ScheduleProblem small;
    small.slots = {1 + up_to(1), 1};
    if (up_to(1) == 1) small.slots.push_back(1);
    small.may = {
        std::vector<bool>(small.slots.size(), true), std::vector<bool>(small.slots.size(), false)
    };
    small.may[1][up_to(static_cast<std::uint32_t>(small.slots.size()) - 1)] = true;
    const std::uint32_t count = 3 + up_to(2);
    for (std::uint32_t i = 0; i < count; ++i) {
      Job what = job(up_to(5) == 0 ? 0 : 1 + up_to(8), {}, up_to(1));
      if (up_to(3) == 0) what.release = up_to(10);
      for (std::uint32_t first = 0; first < i; ++first) {
        if (up_to(3) == 0) what.after.push_back(first);
      }
      small.jobs.push_back(std::move(what));
    }
    happen_in_sequence(small);
    const BestSchedule schedule = best_schedule(small);
    EXPECT_EQ(schedule.length, brute_force(small)) << "round " << round;
    EXPECT_TRUE(schedule.optimal) << "round " << round;
    EXPECT_LE(schedule.lower_bound, schedule.length) << "round " << round;
  }
}

// The reality, whatever it was, is a schedule too.
TEST(BestSchedule, IsNeverLongerThanWhatHappened) {
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    ScheduleProblem large = problem({}, {1, 2, 1});
    for (std::uint32_t i = 0; i < 60; ++i) {
      Job what = job(1 + static_cast<Millis>(random() % 50));
      for (int edge = 0; edge < 2 && i > 0; ++edge) {
        if (random() % 2 == 0) what.after.push_back(static_cast<std::uint32_t>(random() % i));
      }
      large.jobs.push_back(std::move(what));
    }
    // As it came: each job by a random worker, as soon as that one and its needs allow.
    std::vector<std::vector<Millis>> free{{0}, {0, 0}, {0}};
    Millis happened = 0;
    std::vector<Millis> ends;
    for (Job& what : large.jobs) {
      what.worker = static_cast<std::uint32_t>(random() % 3);
      auto slot = std::min_element(free[what.worker].begin(), free[what.worker].end());
      what.started = *slot;
      for (const std::uint32_t first : what.after)
        what.started = std::max(what.started, ends[first]);
      *slot = what.started + what.duration;
      ends.push_back(*slot);
      happened = std::max(happened, *slot);
    }
    const BestSchedule schedule = best_schedule(large);
    EXPECT_LE(schedule.length, happened) << "round " << round;
    EXPECT_LE(schedule.lower_bound, schedule.length) << "round " << round;
  }
}

}  // namespace
}  // namespace evener
