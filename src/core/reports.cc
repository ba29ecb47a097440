#include "core/reports.h"

#include <algorithm>

namespace evener {
namespace {

constexpr std::int64_t asked_level = 2;  // the worker itself is

// Locks that it holds by hand are no work.
bool owes_report(const State& state, WorkerIndex index) {
  const std::vector<TaskIndex>& holding = state.worker(index).holding;
  return std::any_of(holding.begin(), holding.end(), [&](TaskIndex task) {
    return !state.task(task).is_lock;
  });
}

Millis patience(Millis interval, std::int64_t level) {
  if (level == 1) return interval;
  return interval + interval / 2 + (level - asked_level) * interval;
}

}  // namespace

Millis report_interval(const State& state, WorkerIndex worker) {
  return state.worker(worker).spec.report_every_ms.value_or(state.settings.report_every_ms);
}

Instant reported_at(const Pool& pool, WorkerIndex worker) {
  const Reports& reports = pool.state().reports;
  const Instant told =
      worker.value < reports.of.size() ? reports.of[worker.value].reported : Instant{0};
  return std::max({told, reports.counted_from, pool.vitals().last_reported(worker)});
}

Millis report_overdue_for(const Pool& pool, WorkerIndex worker, Instant now) {
  const Millis interval = report_interval(pool.state(), worker);
  if (interval == 0 || !owes_report(pool.state(), worker)) return 0;
  return std::max<Millis>(0, now - reported_at(pool, worker) - interval);
}

ReportStep next_report_step(const Pool& pool, WorkerIndex worker) {
  const State& state = pool.state();
  const Millis interval = report_interval(state, worker);
  if (interval == 0 || !owes_report(state, worker)) return {};
  const Instant since = reported_at(pool, worker);
  std::int64_t level = 1;
  if (worker.value < state.reports.of.size()) {
    const Reporting& told = state.reports.of[worker.value];
    if (told.overdue_since == since) level = told.level + 1;
  }
  const auto& others = state.settings.escalate_to;
  if (level > asked_level + std::ssize(others)) return {};
  std::string to;
  if (level == asked_level) to = state.worker(worker).spec.name;
  if (level > asked_level) to = others[static_cast<std::size_t>(level - asked_level - 1)];
  return {.at = since + patience(interval, level), .level = level, .to = std::move(to)};
}

// ---- the pool ----------------------------------------------------------------------------------

Reporting& Pool::reporting(WorkerIndex worker) {
  std::vector<Reporting>& all = state_.reports.of;
  if (all.size() <= worker.value) all.resize(worker.value + 1);
  return all[worker.value];
}

void Pool::apply_body(const ReportOverdue& fact, const Fact&) {
  const WorkerIndex worker = known_worker(fact.worker);
  reporting(worker).overdue_since = fact.since;
  reporting(worker).level = fact.level;
  schedule_report(worker);
}

bool Pool::is_report(const FactBody& body) const {
  if (const auto* claimed = std::get_if<TaskClaimed>(&body)) {
    return !state_.task(known_task(claimed->task)).is_lock;
  }
  return std::holds_alternative<AttemptFinished>(body) ||
         std::holds_alternative<AttemptFailed>(body) ||
         std::holds_alternative<AttemptReleased>(body) ||
         std::holds_alternative<AttemptRevived>(body) || std::holds_alternative<NoteAdded>(body) ||
         std::holds_alternative<MessageSent>(body) || std::holds_alternative<BlockerRaised>(body);
}

void Pool::report(WorkerIndex worker, Instant at) {
  reporting(worker).reported = at;
  schedule_report(worker);
}

void Pool::schedule_report(WorkerIndex worker) {
  const Instant next = next_report_step(*this, worker).at;
  if (report_due_.size() <= worker.value) {
    if (next == 0) return;
    report_due_.resize(worker.value + 1);
  }
  Instant& known = report_due_[worker.value];
  if (known == next) return;
  if (known != 0) reports_due_.erase({known, worker});
  if (next != 0) reports_due_.insert({next, worker});
  known = next;
}

// What was told beside the log is forgotten with the server that heard it: nobody is blamed.
void Pool::count_reports_from(Instant at) {
  state_.reports.counted_from = std::max(state_.reports.counted_from, at);
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) schedule_report(WorkerIndex{i});
}

}  // namespace evener
