// A plan played on a virtual clock: how long it would take, and who would do what when. Workers
// that are free wait for an answer, the longest those that the plan names first, and the pool
// chooses whom it answers, and with what, as it does for claims; what was taken ends when its time
// has passed. Everything that ends at an instant has ended, and counts, before anybody is answered
// at that instant.
//
// The rules are the pool's own (decide.h), so needs, subtasks, phases, capabilities, assignees,
// locks and the age limit hold. No task fails, criteria and approvals are taken as given; workers
// may come later than the rest, and be lost.
#pragma once

#include <string>
#include <vector>

#include "base/fields.h"
#include "base/time.h"
#include "model/gate.h"
#include "model/machine.h"
#include "model/task.h"
#include "model/worker.h"

namespace evener {

// By what the next task is chosen. All but `pool` are there to be compared with, and look at none
// of a task's other fields: what became ready first, chance, the most tasks still to come one after
// another, the longest remaining path by estimates.
enum class SimulationOrder { pool, fifo, random, hops, path };

template <>
struct EnumNames<SimulationOrder> {
  static constexpr std::array<std::string_view, 5> names{"pool", "fifo", "random", "hops", "path"};
};

// What a task really takes; its description holds what the order knows.
struct TrueDuration {
  Millis any = 0;                      // on every worker, unless
  std::vector<Millis> by_worker = {};  // it differs: then by worker, in the plan's order

  Millis on(std::size_t worker) const { return by_worker.empty() ? any : by_worker[worker]; }
};

// A worker comes, or is lost: what it runs is offered again once its lease has lapsed.
struct SimulatedChange {
  std::size_t worker = 0;  // in the plan's order
  Millis at_ms = 0;        // from the beginning
  bool comes = false;
};

struct SimulatedPlan {
  PoolSettings settings = {};
  std::vector<Machine> machines = {};
  std::vector<WorkerSpec> workers = {};
  std::vector<TaskSpec> tasks = {};
  std::vector<TrueDuration> durations = {};  // by task
  std::vector<GateSpec> gates = {};
  std::vector<PhaseSpec> phases = {};
  SimulationOrder order = SimulationOrder::pool;
  std::vector<std::uint64_t> chances = {};    // by task, for the order `random`; smaller goes first
  std::vector<SimulatedChange> changes = {};  // at most one of each kind a worker; first it comes
  Millis lease_ms = 30'000;                   // of what a lost worker held
};

struct SimulatedAttempt {
  std::string task = {};
  std::string worker = {};
  Millis started_ms = 0;
  Millis ended_ms = 0;
  bool lost = false;

  bool operator==(const SimulatedAttempt&) const = default;

  static constexpr auto fields() {
    constexpr Bounds told{.required = true, .form = TextForm::text};
    return std::tuple{
        field("task", &SimulatedAttempt::task, "Its id", told),
        field("worker", &SimulatedAttempt::worker, "Who did it", told),
        field("started_ms", &SimulatedAttempt::started_ms, "From the beginning", told),
        field("ended_ms", &SimulatedAttempt::ended_ms, "From the beginning", told),
        field("lost", &SimulatedAttempt::lost, "Its worker was lost with it"),
    };
  }
};

struct SimulatedWorker {
  std::string worker = {};
  std::int64_t tasks = 0;
  Millis busy_ms = 0;

  bool operator==(const SimulatedWorker&) const = default;

  static constexpr auto fields() {
    constexpr Bounds told{.required = true, .form = TextForm::text};
    return std::tuple{
        field("worker", &SimulatedWorker::worker, "Its name", told),
        field("tasks", &SimulatedWorker::tasks, "That it did", told),
        field("busy_ms", &SimulatedWorker::busy_ms, "Sum of their durations", told),
    };
  }
};

struct NeverStarted {
  std::string task = {};
  std::string why = {};

  bool operator==(const NeverStarted&) const = default;

  static constexpr auto fields() {
    constexpr Bounds told{.required = true, .form = TextForm::text};
    return std::tuple{
        field("task", &NeverStarted::task, "Its id", told),
        field("why", &NeverStarted::why, "What kept it from starting", told),
    };
  }
};

struct Simulation {
  Millis makespan_ms = 0;
  Millis lower_bound_ms = 0;
  std::string lower_bound_by = {};
  std::int64_t ratio_ppm = 0;
  Millis sequential_ms = 0;
  std::int64_t tasks = 0;
  std::vector<SimulatedWorker> workers = {};
  std::vector<SimulatedAttempt> attempts = {};
  std::vector<NeverStarted> never_started = {};

  static constexpr auto fields() {
    constexpr Bounds told{.required = true, .form = TextForm::text, .max_items = 1U << 25U};
    return std::tuple{
        field(
            "makespan_ms", &Simulation::makespan_ms, "From the first start to the last end", told
        ),
        field("lower_bound_ms", &Simulation::lower_bound_ms, "No schedule is shorter", told),
        field("lower_bound_by", &Simulation::lower_bound_by, "What bounds it", told),
        field("ratio_ppm", &Simulation::ratio_ppm, "Makespan by bound, in millionths", told),
        field("sequential_ms", &Simulation::sequential_ms, "Sum of all durations", told),
        field("tasks", &Simulation::tasks, "All", told),
        field("workers", &Simulation::workers, "In their order", told),
        field("attempts", &Simulation::attempts, "By their start", told),
        field("never_started", &Simulation::never_started, "Tasks that nobody could do", told),
    };
  }
};

// Fails with what the pool refuses: a task that needs one that is not there, a phase that comes
// after one, a cycle, a lock that nobody could ever hold. There is a duration for every task, and
// by_worker holds one for each worker where it holds any.
Result<Simulation> simulate(const SimulatedPlan& plan);

// The ratio of two durations in millionths, rounded; a million if the second is 0.
std::int64_t ratio_ppm(Millis length, Millis bound);

}  // namespace evener
