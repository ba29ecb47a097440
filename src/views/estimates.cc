#include "views/estimates.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>

namespace evener {
namespace {

constexpr std::size_t most_workers_told = 10;  // of a kind
constexpr std::size_t most_skills_told = 1000;

std::string kind_words(const std::string& kind) {
  return kind.empty() ? "no kind" : "kind " + kind;
}

std::string tasks_words(std::int64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "task" : "tasks");
}

std::int64_t percent_of_log(LogMicros log) {
  return std::llround(std::exp(static_cast<double>(log) / micros) * 100);
}

// "198%"; of what is hardly any, "0.083%".
std::string percent_words(LogMicros log) {
  const double percent = std::exp(static_cast<double>(log) / micros) * 100;
  return percent < 10 ? fmt::format("{:.2g}%", percent) : fmt::format("{:.0f}%", percent);
}

std::string source_words(
    const State& state, const Work& work, const Durations::Believed& believed
) {
  const Durations& durations = state.durations;
  const std::string kind = kind_words(durations.kind(work.kind).name);
  switch (believed.source) {
    case Source::worker:
      return fmt::format(
          "{} of {} by {}", believed.count, kind, state.worker(work.worker).spec.name
      );
    case Source::model:
      return fmt::format("{} of {} by model {}", believed.count, kind, durations.model(work.model));
    case Source::kind:
      return fmt::format("{} of {}", believed.count, kind);
    case Source::estimate:
      return fmt::format(
          "its estimate of {} corrected: {} took {} of theirs",
          format_duration(work.estimate),
          tasks_words(believed.count),
          percent_words(durations.bias().mean)
      );
    case Source::pool:
      return fmt::format("{} of all kinds", tasks_words(believed.count));
    case Source::nothing:
      break;
  }
  return "nothing was finished yet";
}

DurationRange range_of(const State& state, const Work& work) {
  const Durations::Believed believed =
      state.durations.believe(work, state.settings.default_estimate_ms);
  const LogMicros reach = believed.next.reach();
  return {
      .p10_ms = millis_of(believed.next.mean - reach),
      .p50_ms = millis_of(believed.next.mean),
      .p90_ms = millis_of(believed.next.mean + reach),
      .source = believed.source,
      .count = believed.count,
      .text = source_words(state, work, believed)
  };
}

bool is_work(const Task& task) {
  return task.kind != no_kind && task.children.empty() && !task.is_lock;
}

// Who runs the task, or alone may do so by name; else nobody in particular.
WorkerIndex worker_for(const State& state, TaskIndex index) {
  const Task& task = state.task(index);
  if (task.stage == Stage::running) return task.worker;
  if (task.assignee == anyone || task.assignee_delay >= 0) return no_worker;
  return state.find_worker(state.assignee(task.assignee));
}

PredictionScore score_of(const Durations& durations) {
  PredictionScore score;
  std::vector<LogMicros> errors;
  for (const Durations::Score& told : durations.scores()) {
    errors.push_back(told.error);
    if (told.inside) ++score.inside;
  }
  score.scored = static_cast<std::int64_t>(errors.size());
  if (errors.empty()) return score;
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::nth_element(errors.begin(), middle, errors.end());
  score.median_error_micros = *middle;
  return score;
}

using WorkersOfKinds = std::map<KindIndex, std::vector<std::pair<std::int64_t, WorkerIndex>>>;

WorkersOfKinds workers_of_kinds(const Durations& durations) {
  WorkersOfKinds out;
  durations.for_each_worker([&](KindIndex kind, WorkerIndex worker, const Moments& seen) {
    if (seen.count > 0) out[kind].emplace_back(-seen.count, worker);
  });
  for (auto& [kind, workers] : out) std::sort(workers.begin(), workers.end());
  return out;
}

KindDurations kind_row(const State& state, KindIndex index) {
  const KindRecord& kind = state.durations.kind(index);
  KindDurations row{
      .kind = kind.name,
      .finished = kind.all.count,
      .open = kind.open,
      .expected = range_of(state, {.kind = index}),
      .estimated = kind.bias.count,
      .scored = kind.scored,
      .inside = kind.inside
  };
  if (kind.bias.count > 0) row.bias_percent = percent_of_log(kind.bias.mean);
  return row;
}

}  // namespace

std::optional<DurationRange> expected_of(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  if (!is_work(state.task(index))) return std::nullopt;
  DurationRange range = range_of(state, work_of(state, index, worker_for(state, index)));
  if (range.count == 0) return std::nullopt;
  return range;
}

// The distribution of what is longer than the time that has passed: its quantile q is the whole's
// at 1 - (1 - q) S, where S is the share that is longer.
std::optional<DurationRange> left_of(const Pool& pool, TaskIndex index, Instant now) {
  const State& state = pool.state();
  const Attempt* attempt = state.find_attempt(index);
  if (attempt == nullptr || attempt->lapsed || !is_work(state.task(index))) return std::nullopt;
  const Work work = work_of(state, index, attempt->worker);
  const Durations::Believed believed =
      state.durations.believe(work, state.settings.default_estimate_ms);
  if (believed.count == 0) return std::nullopt;
  const Belief& next = believed.next;
  const boost::math::students_t student(std::max(1.0, static_cast<double>(next.freedom) / micros));
  const double unit = static_cast<double>(next.reach()) / boost::math::quantile(student, 0.9);
  const Millis elapsed = std::max<Millis>(1, now - attempt->started);
  const double at = static_cast<double>(log_of(elapsed) - next.mean) / unit;
  const double longer = boost::math::cdf(boost::math::complement(student, at));
  const auto left = [&](double quantile) {
    const double far = boost::math::quantile(
        boost::math::complement(student, std::max(1e-9, (1 - quantile) * longer))
    );
    const double log = static_cast<double>(next.mean) + far * unit;
    return std::max<Millis>(0, millis_of(std::llround(std::min(log, 1e9))) - elapsed);
  };
  return DurationRange{
      .p10_ms = left(0.1),
      .p50_ms = left(0.5),
      .p90_ms = left(0.9),
      .source = believed.source,
      .count = believed.count,
      .text = source_words(state, work, believed)
  };
}

std::string range_text(const DurationRange& range) {
  return fmt::format(
      "{} ({} to {}): {}",
      format_duration(range.p50_ms),
      format_duration(range.p10_ms),
      format_duration(range.p90_ms),
      range.text
  );
}

EstimatesView estimates_view(const Pool& pool, const std::string& kind, std::int64_t limit) {
  const State& state = pool.state();
  const Durations& durations = state.durations;
  EstimatesView view{
      .learn = state.settings.learn,
      .finished = durations.all().count,
      .estimated = durations.bias().count,
      .score = score_of(durations)
  };
  SkillRows skills = skill_rows(state, kind, most_skills_told);
  view.skills = std::move(skills.rows);
  view.skills_total = skills.total;
  if (view.estimated > 0) view.bias_percent = percent_of_log(durations.bias().mean);
  std::vector<std::pair<std::int64_t, KindIndex>> order;
  for (std::uint32_t i = 0; i < durations.kinds().size(); ++i) {
    const KindRecord& record = durations.kinds()[i];
    if (record.all.count == 0 || (!kind.empty() && record.name != kind)) continue;
    order.emplace_back(-record.all.count, KindIndex{i});
  }
  std::sort(order.begin(), order.end());
  view.kinds_total = static_cast<std::int64_t>(order.size());
  if (limit > 0 && view.kinds_total > limit) order.resize(static_cast<std::size_t>(limit));
  const WorkersOfKinds workers = workers_of_kinds(durations);
  for (const auto& [finished, index] : order) {
    KindDurations& row = view.kinds.emplace_back(kind_row(state, index));
    const auto of = workers.find(index);
    if (of == workers.end()) continue;
    for (const auto& [less, worker] : of->second) {
      if (row.workers.size() == most_workers_told) break;
      const Work work{
          .kind = index,
          .worker = worker,
          .model = durations.find_model(state.capabilities(state.worker(worker).capabilities))
      };
      row.workers.push_back({state.worker(worker).spec.name, -less, range_of(state, work)});
    }
  }
  return view;
}

std::string span_of(const std::optional<DurationRange>& range) {
  if (!range || range->source <= Source::pool) return {};
  return fmt::format("{} to {}", format_duration(range->p10_ms), format_duration(range->p90_ms));
}

}  // namespace evener
