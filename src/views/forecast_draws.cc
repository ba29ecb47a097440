#include "views/forecast_draws.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/seeded.h"

namespace evener {
namespace {

// Of logarithms, the greatest variance: a factor of four either way, two times in three. What is
// not known better would else now and then last for years.
constexpr double widest = 2.0;
// Nor is a task drawn that runs on for longer than by this factor (of logarithms), beyond what its
// kind takes or it has taken already: that is three deviations at the widest.
const double longest_beyond = 3 * std::sqrt(widest);

// Of what is drawn: one number for each kind of a play, one for each task.
enum class Drawn : std::uint8_t { kind, task };

SeededNumbers numbers_of(std::uint64_t seed, std::int64_t run, Drawn what, std::uint32_t index) {
  SeededNumbers plays(seed);
  const std::uint64_t play = plays.next() + static_cast<std::uint64_t>(run);
  SeededNumbers parts(play * 2 + static_cast<std::uint64_t>(what));
  return SeededNumbers(parts.next() ^ index);
}

// Of the gamma distribution with that shape, at least 1/2, and scale 1: Marsaglia, Tsang, "A simple
// method for generating gamma variables", ACM TOMS 26(3), 2000; below 1 as its section 6 says.
double gamma_of(SeededNumbers& numbers, double shape) {
  if (shape < 1) {
    const double power = std::pow(1.0 - numbers.share(), 1 / shape);
    return gamma_of(numbers, shape + 1) * power;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = numbers.normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1.0 - numbers.share()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

double whole(std::int64_t fixed_point) {
  return static_cast<double>(fixed_point) / micros;
}

// The logarithms of what tasks of a kind take in one play: the mean and the deviation are drawn as
// what is not known of them says, and all tasks of the kind share them. Gelman et al., Bayesian
// Data Analysis, 3rd ed., section 3.3: the variance is a scaled inverse chi-square, the mean normal
// given that. Over all plays a task takes what its range says (core/moments.h).
struct LogNormal {
  double mean = 0;
  double deviation = 0;
};

LogNormal drawn_kind(const Belief& next, SeededNumbers numbers) {
  const double freedom = std::max(1.0, whole(next.freedom));
  const double shift = numbers.normal();
  const double chi_square = 2 * gamma_of(numbers, freedom / 2);
  const double variance = std::min(whole(next.variance), widest) * freedom / chi_square;
  LogNormal out{.deviation = std::sqrt(std::min(variance, 2 * widest))};
  out.mean = whole(next.mean) + shift * out.deviation / std::sqrt(whole(next.strength));
  return out;
}

Millis bounded_millis(double log) {
  const double longest = std::log(static_cast<double>(limits::longest_duration));
  return std::max<Millis>(1, std::llround(std::exp(std::min(log, longest))));
}

// What `share` of those tasks take still that have run for so long: Student's t beyond that, as
// left_of() tells it (views/estimates.h). How long it has run says more of it than its kind does.
Millis left_of_running(const Belief& next, Millis elapsed, double share) {
  const boost::math::students_t student(std::max(1.0, whole(next.freedom)));
  const double unit = whole(next.reach()) / boost::math::quantile(student, 0.9);
  const Millis ran = std::max<Millis>(1, elapsed);
  const double at = (std::log(static_cast<double>(ran)) - whole(next.mean)) / unit;
  const double longer = boost::math::cdf(boost::math::complement(student, at));
  const double far =
      boost::math::quantile(boost::math::complement(student, std::max(1e-9, share * longer)));
  const double mean = whole(next.mean);
  const double latest = std::max(mean, std::log(static_cast<double>(ran))) + longest_beyond;
  return std::max<Millis>(1, bounded_millis(std::min(mean + far * unit, latest)) - ran);
}

Work work_of_worker(const PlayStart& start, std::uint32_t task, std::uint32_t worker) {
  Work work = start.tasks[task].work;
  work.worker = start.workers[worker].known;
  work.model = start.workers[worker].model;
  return work;
}

}  // namespace

Millis ForecastDraws::left(std::uint32_t index, std::uint32_t worker) const {
  const PlayTask& task = start_.tasks[index];
  const Work work = work_of_worker(start_, index, worker);
  const Belief next = start_.durations.believe(work, start_.default_estimate).next;
  SeededNumbers numbers = numbers_of(seed_, run_, Drawn::task, index);
  if (task.elapsed >= 0) return left_of_running(next, task.elapsed, 1.0 - numbers.share());
  const LogNormal kind = drawn_kind(next, numbers_of(seed_, run_, Drawn::kind, work.kind.value));
  return bounded_millis(kind.mean + kind.deviation * numbers.normal());
}

Millis expected_left(const PlayStart& start, std::uint32_t index, std::uint32_t worker) {
  const Work work = work_of_worker(start, index, worker);
  const Belief next = start.durations.believe(work, start.default_estimate).next;
  const Millis elapsed = start.tasks[index].elapsed;
  return elapsed >= 0 ? left_of_running(next, elapsed, 0.5) : bounded_millis(whole(next.mean));
}

}  // namespace evener
