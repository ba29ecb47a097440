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
  chapters_.push_back({.chapter = row.chapter, .text = row.text, .by = row.by, .started = row.at});
  if (chapter_ == mark.chapter) begin_chapter();
}

// What was over is kept, since later facts refer to it, but is not told any more.
void ReportBuilder::begin_chapter() {
  began_ = first_ = last_;
  lapses_ = retries_ = salvage_ = 0;
  for (TaskLog& task : tasks_) task.was_over = task.ending != Ending::open;
  was_over_.clear();
  for (const TimelineRow& row : timeline_) {
    was_over_.push_back(row.outcome != AttemptOutcome::running);
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
  if (timeline_[task.attempt].outcome == AttemptOutcome::running) {
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
  if (task.attempt != none) {
    const AttemptOutcome before = timeline_[task.attempt].outcome;
    if (before == AttemptOutcome::failed || before == AttemptOutcome::lapsed) ++retries_;
  }
  ++chapters_.back().attempts;
  task.attempt = static_cast<std::uint32_t>(timeline_.size());
  timeline_.push_back(
      {.task = fact.task,
       .worker = fact.worker,
       .fence = fact.fence,
       .attempt = fact.attempt,
       .started = last_}
  );
}

void ReportBuilder::apply(const AttemptRevived& fact) {
  const TaskLog& task = log_of(fact.task);
  CHECK(task.attempt != none, "an attempt was revived that never began");
  timeline_[task.attempt].outcome = AttemptOutcome::running;
  if (task.attempt < was_over_.size()) was_over_[task.attempt] = false;
}

void ReportBuilder::apply(const AttemptFinished& fact) {
  ++chapters_.back().done;
  end_attempt(fact.task, AttemptOutcome::done);
  log_of(fact.task).ending = Ending::done;
}

void ReportBuilder::apply(const AttemptFailed& fact) {
  ++chapters_.back().failed;
  end_attempt(fact.task, AttemptOutcome::failed);
  if (!fact.retry_at) log_of(fact.task).ending = Ending::failed;
}

void ReportBuilder::apply(const AttemptReleased& fact) {
  end_attempt(fact.task, AttemptOutcome::released);
}

void ReportBuilder::apply(const AttemptLapsed& fact) {
  end_attempt(fact.task, AttemptOutcome::lapsed);
  ++chapters_.back().failed;
  ++lapses_;
}

void ReportBuilder::apply(const SalvageKept&) {
  ++salvage_;
}

void ReportBuilder::end_attempt(const std::string& id, AttemptOutcome outcome) {
  const TaskLog& task = log_of(id);
  CHECK(task.attempt != none, "an attempt ended that never began");
  timeline_[task.attempt].outcome = outcome;
  timeline_[task.attempt].ended = last_;
}

// ---- telling -----------------------------------------------------------------------------------

Report ReportBuilder::report(Instant now) const {
  Report report{
      .pool = pool_,
      .card = card_,
      .started = first_,
      .ended = last_,
      .retries = retries_,
      .lapses = lapses_,
      .salvage = salvage_,
      .chapter = chapter_
  };
  if (is_over_) now = last_;
  for (std::size_t i = 0; i < timeline_.size(); ++i) {
    if (i < was_over_.size() && was_over_[i]) continue;
    report.timeline.push_back(timeline_[i]);
    Instant& started = report.timeline.back().started;
    started = std::max(started, began_);
  }
  report.attempts = static_cast<std::int64_t>(report.timeline.size());
  for (TimelineRow& row : report.timeline) {
    if (row.outcome != AttemptOutcome::running) continue;
    ++report.running;
    row.ended = std::max(now, row.started);
    report.ended = std::max(report.ended, row.ended);
  }
  report.wall_ms = report.ended - report.started;
  count_tasks(report);
  measure_time(report);
  share_out(report);
  compare_with_best(report);
  tell_chapters(report);
  for (const auto& [key, measure] : measures_) report.measures.push_back(row_of(measure));
  return report;
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
