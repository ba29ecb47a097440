#include "faults.h"

#include <algorithm>
#include <cmath>

namespace evener {
namespace {

constexpr Millis slower = 3;
constexpr Millis leases_in_a_plan = 50;  // a lost worker's lease is so small a part of the best

void lose_one(const ScheduleCase& one, SimulatedPlan& plan) {
  plan.changes.push_back({.worker = 0, .at_ms = one.best * 3 / 10});
  plan.lease_ms = std::max<Millis>(one.best / leases_in_a_plan, 1);
}

void add_one(const ScheduleCase& one, SimulatedPlan& plan) {
  plan.workers.push_back({.name = "late"});
  for (TrueDuration& duration : plan.durations) {
    if (!duration.by_worker.empty()) duration.by_worker.push_back(duration.any);
  }
  plan.changes.push_back({.worker = plan.workers.size() - 1, .at_ms = one.best / 2, .comes = true});
}

void slow_one(const ScheduleCase&, SimulatedPlan& plan) {
  for (TrueDuration& duration : plan.durations) {
    duration.by_worker.assign(plan.workers.size(), duration.any);
    duration.by_worker[1] *= slower;
  }
}

void do_all(const ScheduleCase& one, SimulatedPlan& plan) {
  slow_one(one, plan);
  lose_one(one, plan);
  add_one(one, plan);
}

}  // namespace

const std::vector<Fault>& all_faults() {
  static const std::vector<Fault> all{
      {"one lost at 30 %", lose_one},
      {"one more at 50 %", add_one},
      {"one 3 times slower", slow_one},
      {"all three", do_all},
  };
  return all;
}

Millis shortest_with(const ScheduleCase& one, const SimulatedPlan& plan) {
  double work = 0;
  double slowed = 0;  // by the slowest worker
  for (const TrueDuration& duration : plan.durations) {
    work += static_cast<double>(duration.any);
    slowed +=
        static_cast<double>(duration.by_worker.empty() ? duration.any : duration.by_worker[1]);
  }
  std::vector<double> speeds(plan.workers.size(), 1);
  speeds[1] = work / slowed;
  std::vector<SimulatedChange> changes = plan.changes;
  std::ranges::stable_sort(changes, {}, &SimulatedChange::at_ms);
  double speed = 0;
  for (const double each : speeds) speed += each;
  for (const SimulatedChange& change : changes) {
    if (change.comes) speed -= speeds[change.worker];
  }
  double done = 0;
  double at = 0;
  for (const SimulatedChange& change : changes) {
    const auto next = static_cast<double>(change.at_ms);
    if (done + speed * (next - at) >= work) break;
    done += speed * (next - at);
    at = next;
    speed += change.comes ? speeds[change.worker] : -speeds[change.worker];
  }
  // One more worker than the best was found with may make a shorter one possible.
  const bool adds = std::ranges::any_of(plan.changes, &SimulatedChange::comes);
  const Millis by_work = std::llround(at + (work - done) / speed);
  return adds ? by_work : std::max(by_work, one.best);
}

}  // namespace evener
