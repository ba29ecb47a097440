#include "views/report.h"

#include <algorithm>

namespace evener {
namespace {

std::int64_t permille(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0 : part * 1000 / whole;
}

struct Span {
  Instant from = 0;
  Instant to = 0;

  auto operator<=>(const Span&) const = default;
};

// The same time as spans that do not touch.
std::vector<Span> united(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end());
  std::vector<Span> out;
  for (const Span& span : spans) {
    if (out.empty() || span.from > out.back().to) {
      out.push_back(span);
    } else {
      out.back().to = std::max(out.back().to, span.to);
    }
  }
  return out;
}

Millis length_of(const std::vector<Span>& spans) {
  Millis length = 0;
  for (const Span& span : spans) length += span.to - span.from;
  return length;
}

// For how long anybody, and more than one, was busy.
struct Overlap {
  Millis any = 0;
  Millis several = 0;
};

Overlap overlap_of(const std::vector<std::vector<Span>>& workers) {
  std::vector<std::pair<Instant, int>> steps;
  for (const std::vector<Span>& spans : workers) {
    for (const Span& span : spans) {
      steps.emplace_back(span.from, 1);
      steps.emplace_back(span.to, -1);
    }
  }
  std::sort(steps.begin(), steps.end());
  Overlap overlap;
  int busy = 0;
  Instant before = 0;
  for (const auto& [at, step] : steps) {
    if (busy > 0) overlap.any += at - before;
    if (busy > 1) overlap.several += at - before;
    busy += step;
    before = at;
  }
  return overlap;
}

}  // namespace

// ---- gathering ---------------------------------------------------------------------------------

void ReportBuilder::add(const Fact& fact) {
  if (is_over_) return;
  if (first_ == 0) chapters_.front().started = first_ = fact.at;
  last_ = std::max(last_, fact.at);
  if (const auto* mark = std::get_if<Marked>(&fact.body)) return turn_page(fact, *mark);
  if (const auto* measured = std::get_if<Measured>(&fact.body)) {
    return take_in(measures_, *measured, fact);
  }
  const auto* const added = std::get_if<TaskAdded>(&fact.body);
  if (added != nullptr && added->spec.kind == lock_kind) {
    locks_.insert(added->spec.id);
  } else if (!locks_.contains(task_of(fact.body))) {
    std::visit([&](const auto& body) { apply(body); }, fact.body);
  }
}

void ReportBuilder::turn_page(const Fact& fact, const Marked& mark) {
  chapters_.back().ended = fact.at;
  if (chapter_ && mark.chapter == *chapter_ + 1) {
    is_over_ = true;
    return;
  }
  const MarkRow row = row_of(fact, mark);
  chapters_.push_back(
      {.chapter = row.chapter,
       .text = row.text,
       .by = row.by,
       .started = row.at,
       .attempts = running_}
  );
  if (chapter_ == mark.chapter) begin_chapter();
}

// What was over is kept, since later facts refer to it, but is not told any more.
void ReportBuilder::begin_chapter() {
  began_ = first_ = last_;
  lapses_ = salvage_ = closed_by_imports_ = 0;
  for (TaskLog& task : tasks_) task.was_over = task.ending != Ending::open;
  for (AttemptLog& attempt : attempts_) {
    attempt.is_told = attempt.row.outcome == AttemptOutcome::running;
    attempt.is_retry = false;
  }
  for (auto& [key, measure] : measures_) measure.first = measure.value;
}

std::uint32_t ReportBuilder::index_of(const std::string& task) const {
  const auto found = index_.find(task);
  CHECK(found != index_.end(), "a fact names a task that was never added");
  return found->second;
}

void ReportBuilder::describe(const TaskSpec& spec) {
  TaskLog& task = log_of(spec.id);
  task.parent = spec.parent.empty() || locks_.contains(spec.parent) ? none : index_of(spec.parent);
  task.needs.clear();
  for (const Need& need : spec.needs) {
    if (!locks_.contains(need.task)) task.needs.push_back(index_of(need.task));
  }
  task.capabilities = required_capabilities(spec);
  task.only_for = spec.assignee_delay_ms ? "" : spec.assignee;
}

void ReportBuilder::apply(const PoolCreated& fact) {
  pool_ = fact.pool;
  card_ = fact.card;
}

void ReportBuilder::apply(const PoolConfigured& fact) {
  card_ = fact.card;
}

void ReportBuilder::apply(const ServerOpened&) {
  served_since_ = last_;
}

void ReportBuilder::apply(const ServerClosed&) {
  served_since_.reset();
}

void ReportBuilder::apply(const LeasesNoted& fact) {
  std::map<Fence, Instant> ends;
  for (const LeaseEnd& end : fact.leases) ends.emplace(end.fence, end.expires);
  for (AttemptLog& attempt : attempts_) {
    const auto end = ends.find(attempt.row.fence);
    if (end != ends.end()) attempt.expires = end->second;
  }
}

void ReportBuilder::apply(const LeasesExtended& fact) {
  served_since_.reset();
  for (AttemptLog& attempt : attempts_) {
    attempt.expires = std::max(attempt.expires, fact.from + attempt.lease_ms);
  }
}

void ReportBuilder::apply(const TaskAdded& fact) {
  index_.emplace(fact.spec.id, static_cast<std::uint32_t>(tasks_.size()));
  tasks_.emplace_back().added = last_;
  describe(fact.spec);
}

void ReportBuilder::apply(const TaskEdited& fact) {
  describe(fact.spec);
}

void ReportBuilder::apply(const TaskCancelled& fact) {
  TaskLog& task = log_of(fact.task);
  task.ending = Ending::cancelled;
  if (task.attempt == none) return;
  if (attempts_[task.attempt].row.outcome == AttemptOutcome::running) {
    end_attempt(fact.task, AttemptOutcome::cancelled);
  }
}

void ReportBuilder::apply(const TaskReopened& fact) {
  TaskLog& task = log_of(fact.task);
  task.ending = Ending::open;
  task.was_over = false;
}

void ReportBuilder::apply(const WorkerRegistered& fact) {
  workers_[fact.spec.name] = fact.spec;
}

void ReportBuilder::apply(const MachineSet& fact) {
  machines_[fact.spec.name] = fact.spec;
}

void ReportBuilder::apply(const TaskClaimed& fact) {
  TaskLog& task = log_of(fact.task);
  AttemptLog attempt{
      .row =
          {.task = fact.task,
           .worker = fact.worker,
           .fence = fact.fence,
           .attempt = fact.attempt,
           .started = last_},
      .chapters = chapters_.size(),
      .lease_ms = fact.lease_ms,
      .expires = fact.expires
  };
  if (task.attempt != none) {
    const AttemptLog& before = attempts_[task.attempt];
    attempt.is_retry = !before.is_import && (before.row.outcome == AttemptOutcome::failed ||
                                             before.row.outcome == AttemptOutcome::lapsed);
  }
  ++chapters_.back().attempts;
  ++running_;
  task.attempt = static_cast<std::uint32_t>(attempts_.size());
  attempts_.push_back(std::move(attempt));
}

void ReportBuilder::apply(const LeaseRenewed& fact) {
  newest_attempt(fact.task).expires = fact.expires;
}

void ReportBuilder::apply(const AttemptRevived& fact) {
  AttemptLog& attempt = newest_attempt(fact.task);
  attempt.expires = fact.expires;
  if (attempt.row.outcome != AttemptOutcome::running) {
    ++running_;
    if (attempt.chapters < chapters_.size()) ++chapters_.back().attempts;
  }
  attempt.row.outcome = AttemptOutcome::running;
  attempt.is_told = true;
}

void ReportBuilder::apply(const AttemptFinished& fact) {
  log_of(fact.task).ending = Ending::done;
  if (fact.untimed) return close_by_import(fact.task, AttemptOutcome::done);
  ++chapters_.back().done;
  end_attempt(fact.task, AttemptOutcome::done);
}

void ReportBuilder::apply(const AttemptFailed& fact) {
  if (!fact.retry_at) log_of(fact.task).ending = Ending::failed;
  if (fact.untimed) return close_by_import(fact.task, AttemptOutcome::failed);
  ++chapters_.back().failed;
  end_attempt(fact.task, AttemptOutcome::failed);
}

void ReportBuilder::apply(const AttemptReleased& fact) {
  end_attempt(fact.task, AttemptOutcome::released);
}

void ReportBuilder::apply(const AttemptLapsed& fact) {
  end_attempt(fact.task, AttemptOutcome::lapsed);
  AttemptLog& attempt = newest_attempt(fact.task);
  attempt.row.ended = end_of_lease(attempt, last_);
  ++chapters_.back().failed;
  ++lapses_;
}

void ReportBuilder::apply(const SalvageKept&) {
  ++salvage_;
}

ReportBuilder::AttemptLog& ReportBuilder::newest_attempt(const std::string& id) {
  const TaskLog& task = log_of(id);
  CHECK(task.attempt != none, "a fact goes on with an attempt that never began");
  return attempts_[task.attempt];
}

void ReportBuilder::end_attempt(const std::string& id, AttemptOutcome outcome) {
  AttemptLog& attempt = newest_attempt(id);
  if (attempt.row.outcome == AttemptOutcome::running) --running_;
  attempt.row.outcome = outcome;
  attempt.row.ended = last_;
  attempt.chapters = chapters_.size();
}

// By `now` at the latest. Without a server, that a lease is over is written when somebody next
// writes, which may be days later; with one it is written in time, and what renewed it is not.
Instant ReportBuilder::end_of_lease(const AttemptLog& attempt, Instant now) const {
  const bool may_be_renewed = served_since_ && attempt.expires > *served_since_;
  if (may_be_renewed) return now;
  return std::max(attempt.row.started, std::min(now, attempt.expires));
}

// A chapter that was over when the import still held the task keeps it as an attempt: its own
// report did so as well.
void ReportBuilder::close_by_import(const std::string& id, AttemptOutcome outcome) {
  end_attempt(id, outcome);
  AttemptLog& attempt = newest_attempt(id);
  attempt.is_import = true;
  --chapters_.back().attempts;
  ++closed_by_imports_;
}

// ---- telling -----------------------------------------------------------------------------------

Report ReportBuilder::report(Instant now) const {
  Report report{
      .pool = pool_,
      .card = card_,
      .started = first_,
      .ended = last_,
      .lapses = lapses_,
      .salvage = salvage_,
      .closed_by_imports = closed_by_imports_,
      .chapter = chapter_
  };
  if (is_over_) now = last_;
  tell_attempts(report, now);
  report.wall_ms = report.ended - report.started;
  count_tasks(report);
  measure_time(report);
  share_out(report);
  compare_with_best(report);
  tell_chapters(report);
  for (const auto& [key, measure] : measures_) report.measures.push_back(row_of(measure));
  return report;
}

void ReportBuilder::tell_attempts(Report& report, Instant now) const {
  for (const AttemptLog& attempt : attempts_) {
    if (!attempt.is_told || attempt.is_import) continue;
    TimelineRow row = attempt.row;
    row.started = std::max(row.started, began_);
    if (row.outcome == AttemptOutcome::running) {
      ++report.running;
      row.ended = end_of_lease(attempt, now);
    }
    row.ended = std::max(row.ended, row.started);
    if (row.outcome == AttemptOutcome::running) report.ended = std::max(report.ended, row.ended);
    if (attempt.is_retry) ++report.retries;
    report.timeline.push_back(std::move(row));
  }
  report.attempts = static_cast<std::int64_t>(report.timeline.size());
}

void ReportBuilder::tell_chapters(Report& report) const {
  if (chapters_.size() == 1 && !chapter_) return;
  report.chapters = chapters_;
  if (!is_over_) report.chapters.back().ended = report.ended;
  if (chapter_) report.chapters = {report.chapters.back()};
}

void ReportBuilder::count_tasks(Report& report) const {
  std::vector<bool> is_parent(tasks_.size(), false);
  for (const TaskLog& task : tasks_) {
    if (task.parent != none) is_parent[task.parent] = true;
    if (task.was_over) continue;
    ++report.tasks;
    if (task.ending == Ending::done) ++report.tasks_done;
    if (task.ending == Ending::failed) ++report.tasks_failed;
    if (task.ending == Ending::cancelled) ++report.tasks_cancelled;
  }
  std::int64_t leaves = 0;
  std::int64_t independent = 0;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const bool counts = !tasks_[i].was_over && tasks_[i].ending != Ending::cancelled;
    if (is_parent[i] || !counts) continue;
    ++leaves;
    if (!needs_another(tasks_[i])) ++independent;
  }
  report.independent_permille = permille(independent, leaves);
}

bool ReportBuilder::needs_another(const TaskLog& task) const {
  for (const TaskLog* at = &task;; at = &tasks_[at->parent]) {
    if (!at->needs.empty()) return true;
    if (at->parent == none) return false;
  }
}

void ReportBuilder::measure_time(Report& report) const {
  if (report.timeline.empty()) return;
  Instant last_outcome = 0;
  for (const TimelineRow& row : report.timeline) {
    last_outcome = std::max(last_outcome, row.ended);
    const Millis duration = row.ended - row.started;
    if (row.outcome == AttemptOutcome::done) report.sequential_ms += duration;
    if (row.outcome == AttemptOutcome::lapsed || row.outcome == AttemptOutcome::failed) {
      report.lost_ms += duration;
    }
  }
  report.time_taken_ms = last_outcome - report.timeline.front().started;
  report.speed_up_permille = permille(report.sequential_ms, report.time_taken_ms);
}

void ReportBuilder::share_out(Report& report) const {
  std::map<std::string, WorkerShare> shares;
  std::map<std::string, std::vector<Span>> spans;
  for (const TimelineRow& row : report.timeline) {
    WorkerShare& share = shares[row.worker];
    ++share.attempts;
    if (row.outcome == AttemptOutcome::done) ++share.done;
    if (row.outcome == AttemptOutcome::failed) ++share.failed;
    if (row.outcome == AttemptOutcome::lapsed) ++share.lapsed;
    if (row.outcome == AttemptOutcome::released) ++share.released;
    spans[row.worker].push_back({row.started, row.ended});
  }
  std::vector<std::vector<Span>> busy;
  for (auto& [worker, share] : shares) {
    busy.push_back(united(std::move(spans[worker])));
    share.worker = worker;
    share.busy_ms = length_of(busy.back());
    share.share_permille = permille(share.busy_ms, report.time_taken_ms);
    report.workers.push_back(std::move(share));
  }
  const Overlap overlap = overlap_of(busy);
  report.overlap_permille = permille(overlap.several, overlap.any);
}

void ReportBuilder::compare_with_best(Report& report) const {
  if (report.timeline.empty()) return;
  const BestSchedule best = best_schedule(schedule_problem(report));
  report.lower_bound_ms = best.lower_bound;
  report.best_schedule_ms = best.length;
  report.best_is_optimal = best.optimal;
  report.overhead_ms = std::max<Millis>(0, report.time_taken_ms - best.length);
  report.overhead_permille = permille(report.overhead_ms, report.time_taken_ms);
}

}  // namespace evener
