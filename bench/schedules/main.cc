// How near the pool's order comes to the best known schedules, by what it knows of durations,
// beside orders that know less: evener_schedules FOLDER [FAMILY...]. Each case is a simulation
// through the pool's own pick (core/simulation.h).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/seeded.h"
#include "cases.h"
#include "faults.h"

namespace evener {
namespace {

enum class Knows { exactly, roughly, from_history, nothing };

struct Regime {
  std::string_view name;
  SimulationOrder order = SimulationOrder::pool;
  Knows knows = Knows::exactly;
  double sigma = 0;
};

// The random row comes first: by it the others' contested cases are known.
constexpr Regime regimes[] = {
    {"random", SimulationOrder::random},
    {"FIFO", SimulationOrder::fifo},
    {"hop level", SimulationOrder::hops},
    {"longest remaining path", SimulationOrder::path},
    {"pool, exact"},
    {"pool, noisy 0.3", SimulationOrder::pool, Knows::roughly, 0.3},
    {"pool, noisy 0.6", SimulationOrder::pool, Knows::roughly, 0.6},
    {"pool, noisy 1.0", SimulationOrder::pool, Knows::roughly, 1.0},
    {"pool, history", SimulationOrder::pool, Knows::from_history},
    {"pool, none", SimulationOrder::pool, Knows::nothing},
};

SimulatedPlan told(const ScheduleCase& one, const Regime& regime, std::uint64_t seed) {
  SimulatedPlan plan = one.plan;
  plan.order = regime.order;
  SeededNumbers numbers(seed);
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    std::optional<Millis>& estimate = plan.tasks[i].estimate_ms;
    plan.chances.push_back(numbers.next());
    if (regime.knows == Knows::nothing) estimate.reset();
    if (regime.knows == Knows::roughly) {
      const double factor = std::exp(regime.sigma * numbers.normal());
      estimate = std::llround(static_cast<double>(estimate.value_or(0)) * factor);
    }
    if (regime.knows == Knows::from_history) {
      estimate.reset();
      if (one.history[i] >= 0) estimate = one.history[i];
    }
  }
  return plan;
}

Simulation simulated(
    const ScheduleCase& one, const ScheduleFamily& family, const SimulatedPlan& plan
) {
  Result<Simulation> run = simulate(plan);
  if (!run.ok() || !run->never_started.empty()) {
    const std::string why = run.ok() ? run->never_started.front().why : run.error().text();
    fmt::print(stderr, "schedules: {} of {}: {}\n", one.name, family.name, why);
    std::exit(1);
  }
  return std::move(*run);
}

// Graham's bound holds for whoever never lets a worker idle that could work: workers alike, nothing
// locked.
void check_bound(const ScheduleCase& one, const ScheduleFamily& family, double ratio) {
  const SimulatedPlan& plan = one.plan;
  const bool are_alike = std::ranges::all_of(plan.workers, [&](const WorkerSpec& worker) {
    return worker.capabilities == plan.workers.front().capabilities && worker.slots == 1;
  });
  const bool is_free =
      std::ranges::all_of(plan.tasks, [](const TaskSpec& task) { return task.locks.empty(); }) &&
      std::ranges::all_of(plan.durations, [](const TrueDuration& duration) {
        return duration.by_worker.empty();
      });
  const double bound = 2 - 1 / static_cast<double>(plan.workers.size());
  if (!are_alike || !is_free || ratio <= bound + 1e-9) return;
  fmt::print(
      stderr, "schedules: {} of {}: {:.4f} is beyond Graham's bound\n", one.name, family.name, ratio
  );
  std::exit(1);
}

std::vector<double> ratios_of(const ScheduleFamily& family, const Regime& regime) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < family.cases.size(); ++i) {
    const ScheduleCase& one = family.cases[i];
    const Simulation run = simulated(one, family, told(one, regime, i + 1));
    ratios.push_back(static_cast<double>(run.makespan_ms) / static_cast<double>(one.best));
    check_bound(one, family, ratios.back());
  }
  return ratios;
}

double mean_of(const std::vector<double>& ratios) {
  double sum = 0;
  for (const double ratio : ratios) sum += ratio;
  return ratios.empty() ? 1 : sum / static_cast<double>(ratios.size());
}

void tell(const Regime& regime, std::vector<double> ratios, const std::vector<double>& by_chance) {
  constexpr double contested_above = 1.01;
  std::vector<double> contested;
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    if (by_chance[i] > contested_above) contested.push_back(ratios[i]);
  }
  const double mean = mean_of(ratios);
  std::sort(ratios.begin(), ratios.end());
  const double p95 = ratios[(ratios.size() * 95 + 99) / 100 - 1];
  fmt::print(
      "  {:<24}{:>9.4f}{:>9.4f}{:>9.4f}{:>11.4f}\n",
      regime.name,
      mean,
      p95,
      ratios.back(),
      mean_of(contested)
  );
}

// Each fault on every case of four workers, beside what no schedule can beat.
void measure_faults(const ScheduleFamily& family) {
  constexpr std::size_t workers = 4;
  constexpr Regime compared[] = {regimes[0], regimes[1], regimes[3], regimes[4], regimes[9]};
  for (const Fault& fault : all_faults()) {
    fmt::print("{}, four workers, {}: makespan / lower bound\n", family.name, fault.name);
    for (const Regime& regime : compared) {
      double sum = 0;
      double most = 0;
      std::size_t cases = 0;
      for (std::size_t i = 0; i < family.cases.size(); ++i) {
        const ScheduleCase& one = family.cases[i];
        if (one.plan.workers.size() != workers) continue;
        SimulatedPlan plan = told(one, regime, i + 1);
        fault.happen(one, plan);
        const double ratio = static_cast<double>(simulated(one, family, plan).makespan_ms) /
                             static_cast<double>(shortest_with(one, plan));
        sum += ratio;
        most = std::max(most, ratio);
        ++cases;
      }
      fmt::print(
          "  {:<24}{:>9.4f}{:>18.4f}\n", regime.name, sum / static_cast<double>(cases), most
      );
    }
  }
  fmt::print("\n");
  std::fflush(stdout);
}

void measure(const ScheduleFamily& family) {
  std::vector<double> by_chance;
  for (const Regime& regime : regimes) {
    if (regime.knows == Knows::from_history && family.cases.front().history.empty()) continue;
    std::vector<double> ratios = ratios_of(family, regime);
    if (by_chance.empty()) {
      by_chance = ratios;
      const auto contested =
          std::count_if(ratios.begin(), ratios.end(), [](double ratio) { return ratio > 1.01; });
      fmt::print(
          "{}: {} cases, {} contested\n  {:<24}{:>9}{:>9}{:>9}{:>11}\n",
          family.name,
          ratios.size(),
          contested,
          "makespan / best known",
          "mean",
          "p95",
          "max",
          "contested"
      );
    }
    tell(regime, std::move(ratios), by_chance);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace
}  // namespace evener

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: evener_schedules FOLDER [FAMILY...]\n");
    return 2;
  }
  std::vector<evener::ScheduleFamily> families = evener::read_families(argv[1]);
  families.push_back(evener::independent_tasks());
  const auto is_wanted = [&](const std::string& name) {
    return argc == 2 || std::find(argv + 2, argv + argc, name) != argv + argc;
  };
  for (const evener::ScheduleFamily& family : families) {
    if (!is_wanted(family.name) || family.cases.empty()) continue;
    evener::measure(family);
    if (family.name == "STG 50" || family.name == "STG 100") evener::measure_faults(family);
  }
}
