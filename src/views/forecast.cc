#include "views/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/liveness.h"

namespace evener {
namespace {

constexpr double decile = 1.2816;   // of the normal distribution
constexpr double most_told = 1e15;  // milliseconds
constexpr std::int64_t least_finished = 3;

// Tasks that are looked at one by one, a few milliseconds' worth; of what is more, kinds are
// counted as a whole.
constexpr std::size_t most_tasks = 20'000;

struct Remaining {
  std::vector<std::int64_t> of_kinds;
  Millis path = 0;
};

Remaining remaining_in(const Pool& pool) {
  const State& state = pool.state();
  const std::vector<KindRecord>& kinds = state.durations.kinds();
  Remaining out;
  std::size_t looked_at = 0;
  for (std::uint32_t i = 0; i < kinds.size(); ++i) {
    const std::vector<TaskIndex>& tasks = pool.paths().kinds().of(KindIndex{i});
    std::int64_t& count = out.of_kinds.emplace_back(0);
    for (std::size_t at = 0; at < tasks.size(); ++at) {
      if (looked_at++ == most_tasks) {
        count += static_cast<std::int64_t>(tasks.size() - at);
        looked_at = most_tasks;
        break;
      }
      const Task& task = state.task(tasks[at]);
      out.path = std::max(out.path, pool.paths().length(tasks[at]));
      if (task.children.empty() && !task.is_lock) ++count;
    }
  }
  return out;
}

std::int64_t slots_at_work(const Pool& pool, Instant now) {
  std::int64_t slots = 0;
  for (std::uint32_t i = 0; i < pool.state().workers.size(); ++i) {
    const WorkerIndex index{i};
    const Worker& worker = pool.state().worker(index);
    if (worker.is_employed() && liveness_of(pool, index, now) != Liveness::lost) {
      slots += worker.spec.slots;
    }
  }
  return slots;
}

// Of a lognormal sum with that mean, that is unsure by a share of it, so many deviations away.
double quantile(double mean, double unsure, double deviations) {
  const double variance = std::log1p(unsure * unsure);
  return mean * std::exp(deviations * std::sqrt(variance) - variance / 2);
}

double in_units(std::int64_t number) {
  return static_cast<double>(number) / micros;
}

}  // namespace

// The variance of the work is that of each task, and that of what is not known of the mean of their
// kind, which all of them share. Sums of lognormal values are taken as lognormal (Fenton, IRE
// Trans. Communications Systems 8, 1960).
std::optional<Forecast> forecast_of(const Pool& pool, Instant now) {
  const State& state = pool.state();
  const Durations& durations = state.durations;
  const std::int64_t slots = slots_at_work(pool, now);
  if (durations.all().count < least_finished || slots == 0) return std::nullopt;
  const Remaining remaining = remaining_in(pool);
  double work = 0;
  double variance = 0;
  std::int64_t open = 0;
  for (std::uint32_t i = 0; i < remaining.of_kinds.size(); ++i) {
    if (remaining.of_kinds[i] == 0) continue;
    const Belief next =
        durations.believe({.kind = KindIndex{i}}, state.settings.default_estimate_ms).next;
    const auto count = static_cast<double>(remaining.of_kinds[i]);
    const double spread = std::min(in_units(next.variance), 2.0);
    const double mean = std::exp(in_units(next.mean) + spread / 2);
    const double unknown = std::min(spread / in_units(next.strength), 2.0);
    work += count * mean;
    variance += mean * mean * (count * std::expm1(spread) + count * count * std::expm1(unknown));
    open += remaining.of_kinds[i];
  }
  if (open == 0) return std::nullopt;
  const auto path = static_cast<double>(std::max<Millis>(1, remaining.path));
  // Of the path as if it were a mean task repeated: the less it is of the work, the less sure.
  const double unsure = std::sqrt(variance) / work;
  const double unsure_path = unsure * std::sqrt(std::max(1.0, work / path));
  const auto at = [&](double deviations) {
    const double by_work = quantile(work, unsure, deviations) / static_cast<double>(slots);
    const double by_path = quantile(path, unsure_path, deviations);
    return std::llround(std::min(most_told, std::max(by_work, by_path)));
  };
  return Forecast{
      .p10_ms = at(-decile),
      .p50_ms = at(0),
      .p90_ms = at(decile),
      .work_ms = std::llround(std::min(most_told, work)),
      .path_ms = remaining.path,
      .slots = slots,
      .open = open
  };
}

std::string forecast_text(const Forecast& forecast) {
  return fmt::format(
      "{} ({} to {}): {} of work for {} {}, longest path {}",
      format_duration(forecast.p50_ms),
      format_duration(forecast.p10_ms),
      format_duration(forecast.p90_ms),
      format_duration(forecast.work_ms),
      forecast.slots,
      forecast.slots == 1 ? "slot" : "slots",
      format_duration(forecast.path_ms)
  );
}

}  // namespace evener
