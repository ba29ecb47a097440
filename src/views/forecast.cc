#include "views/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/forecast_reach.h"
#include "views/liveness.h"

namespace evener {
namespace {

constexpr double decile = 1.2816;   // of the normal distribution
constexpr double most_told = 1e15;  // milliseconds
constexpr std::int64_t least_finished = 3;
constexpr double most_spread = 2.0;  // of variances of logarithms: what is not known better

// Workers that take tasks, as things stand.
std::vector<WorkerIndex> workers_at_work(const Pool& pool, Instant now) {
  std::vector<WorkerIndex> out;
  for (std::uint32_t i = 0; i < pool.state().workers.size(); ++i) {
    const WorkerIndex index{i};
    const bool is_there = liveness_of(pool, index, now) != Liveness::lost;
    if (pool.state().worker(index).is_employed() && is_there) out.push_back(index);
  }
  return out;
}

// Of a lognormal sum with that mean, that is unsure by a share of it, so many deviations away.
double quantile(double mean, double unsure, double deviations) {
  const double variance = std::log1p(unsure * unsure);
  return mean * std::exp(deviations * std::sqrt(variance) - variance / 2);
}

double in_units(std::int64_t number) {
  return static_cast<double>(number) / micros;
}

// A time of which three quantiles are known: its logarithm is taken as normal, with one deviation
// below the middle and one above.
struct RunningTime {
  explicit RunningTime(const DurationRange& range)
      : middle(log_of_millis(range.p50_ms)),
        below(std::max(least, (middle - log_of_millis(range.p10_ms)) / decile)),
        above(std::max(least, (log_of_millis(range.p90_ms) - middle) / decile)) {}

  static constexpr double least = 1e-3;

  static double log_of_millis(Millis time) {
    return std::log(static_cast<double>(std::max<Millis>(1, time)));
  }

  double at(double deviations) const {
    return middle + deviations * (deviations < 0 ? below : above);
  }

  // How likely it has ended by then.
  double share(double log) const {
    const double apart = log - middle;
    return std::erfc(-apart / (apart < 0 ? below : above) / std::sqrt(2.0)) / 2;
  }

  double mean() const { return std::exp(middle + spread() / 2); }

  double spread() const { return std::min(above * above, most_spread); }

  double middle;
  double below;
  double above;
};

// Until the last of those that run has ended: all have, each by itself. Never less than what any of
// them takes; of many, only those that may take longest are taken together.
class LastToEnd {
 public:
  explicit LastToEnd(const std::vector<DurationRange>& running)
      : times_(running.begin(), running.end()), longest_(std::min<std::size_t>(times_.size(), 64)) {
    const auto middle = times_.begin() + static_cast<std::ptrdiff_t>(longest_);
    std::nth_element(times_.begin(), middle, times_.end(), [](const auto& a, const auto& b) {
      return a.at(decile) > b.at(decile);
    });
  }

  double at(double deviations) const {
    if (times_.empty()) return 0;
    double low = times_.front().at(deviations);
    double high = low;
    for (const RunningTime& time : times_) {
      low = std::max(low, time.at(deviations));
      high = std::max(high, time.at(deviations + farthest));
    }
    const double wanted = std::erfc(-deviations / std::sqrt(2.0)) / 2;
    for (int i = 0; i < halvings && longest_ > 1; ++i) {
      const double log = (low + high) / 2;
      (share(log) < wanted ? low : high) = log;
    }
    return std::exp(low);
  }

 private:
  static constexpr double farthest = 4;  // with 64 of them the last is not that far
  static constexpr int halvings = 30;

  double share(double log) const {
    double all = 1;
    for (std::size_t i = 0; i < longest_; ++i) all *= times_[i].share(log);
    return all;
  }

  std::vector<RunningTime> times_;
  std::size_t longest_;
};

}  // namespace

// The variance of the work is that of each task, and that of what is not known of the mean of their
// kind, which all of them share. Sums of lognormal values are taken as lognormal (Fenton, IRE
// Trans. Communications Systems 8, 1960).
std::optional<Forecast> forecast_of(const Pool& pool, Instant now) {
  const State& state = pool.state();
  const Durations& durations = state.durations;
  const std::vector<WorkerIndex> at_work = workers_at_work(pool, now);
  if (durations.all().count < least_finished || at_work.empty()) return std::nullopt;
  const ForecastReach reach = forecast_reach(pool, at_work, now);
  Forecast out{.left_out = reach.left_out};
  for (const WorkerIndex worker : at_work) out.slots += state.worker(worker).spec.slots;
  double work = 0;
  double variance = 0;
  for (std::uint32_t i = 0; i < reach.of_kinds.size(); ++i) {
    if (reach.of_kinds[i] == 0) continue;
    const Belief next =
        durations.believe({.kind = KindIndex{i}}, state.settings.default_estimate_ms).next;
    const auto count = static_cast<double>(reach.of_kinds[i]);
    const double spread = std::min(in_units(next.variance), most_spread);
    const double mean = std::exp(in_units(next.mean) + spread / 2);
    const double unknown = std::min(spread / in_units(next.strength), most_spread);
    work += count * mean;
    variance += mean * mean * (count * std::expm1(spread) + count * count * std::expm1(unknown));
    out.open += reach.of_kinds[i];
  }
  for (const DurationRange& range : reach.running) {
    const RunningTime time(range);
    work += time.mean();
    variance += time.mean() * time.mean() * std::expm1(time.spread());
    out.path_ms = std::max(out.path_ms, range.p50_ms);
    ++out.open;
  }
  if (out.open == 0 && out.left_out == 0) return std::nullopt;
  if (out.open == 0) return out;
  out.path_ms = std::max(out.path_ms, reach.path);
  out.work_ms = std::llround(std::min(most_told, work));
  const LastToEnd last(reach.running);
  const auto path = static_cast<double>(reach.path);
  // Of the path as if it were a mean task repeated: the less it is of the work, the less sure.
  const double unsure = std::sqrt(variance) / work;
  const double unsure_path = unsure * std::sqrt(std::max(1.0, work / std::max(1.0, path)));
  const auto at = [&](double deviations) -> Millis {
    const double by_work = quantile(work, unsure, deviations) / static_cast<double>(out.slots);
    const double by_path = quantile(path, unsure_path, deviations);
    const double latest = std::max({by_work, by_path, last.at(deviations)});
    return std::llround(std::min(most_told, latest));
  };
  out.p10_ms = at(-decile);
  out.p50_ms = std::max(out.p10_ms, at(0));
  out.p90_ms = std::max(out.p50_ms, at(decile));
  return out;
}

std::string forecast_text(const Forecast& forecast) {
  const std::string left_out =
      fmt::format("{} {}", forecast.left_out, forecast.left_out == 1 ? "task" : "tasks");
  if (forecast.open == 0) return fmt::format("nobody can do what is open now: {}", left_out);
  return fmt::format(
      "all {}done in {} ({} to {}): {} of work for {} {}, longest path {}{}",
      forecast.left_out == 0 ? "" : fmt::format("but {} ", left_out),
      format_duration(forecast.p50_ms),
      format_duration(forecast.p10_ms),
      format_duration(forecast.p90_ms),
      format_duration(forecast.work_ms),
      forecast.slots,
      forecast.slots == 1 ? "slot" : "slots",
      format_duration(forecast.path_ms),
      forecast.left_out == 0   ? ""
      : forecast.left_out == 1 ? "; nobody can do the other now"
                               : "; nobody can do the others now"
  );
}

}  // namespace evener
