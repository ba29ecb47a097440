// Questions to a pool, and the views that answer them. A question has one form in this program and
// one as the path and parameters of a GET; both are made and read here.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/pool.h"
#include "views/estimates.h"
#include "views/facts.h"
#include "views/forecast_view.h"
#include "views/log.h"
#include "views/tasks.h"

namespace evener {

// The view that answers each: StatusView, TaskListView, TaskView, WorkerListView, WhyView, Report,
// LogView, PlanView, PhaseListView, BlockerListView, LocksView, MachineListView, InboxView,
// MeasureListView, MarkListView, ScheduleListView, EstimatesView, GraphView, ForecastView,
// PlanExamination.
enum class QueryKind {
  status,
  tasks,
  task,
  workers,
  why,
  report,
  log,
  plan,
  phases,
  blockers,
  locks,
  machines,
  inbox,
  measures,
  marks,
  schedules,
  estimates,
  graph,
  forecast,
  checks
};

template <>
struct EnumNames<QueryKind> {
  static constexpr std::array<std::string_view, 20> names{
      "status", "tasks",     "task",      "workers", "why",      "report", "log",
      "plan",   "phases",    "blockers",  "locks",   "machines", "inbox",  "measures",
      "marks",  "schedules", "estimates", "graph",   "forecast", "checks"
  };
};

struct Query {
  QueryKind kind = QueryKind::status;
  std::string at;      // the pool as it stood: a sequence or a time; "" is now
  std::string task;    // of task, why and graph
  std::string worker;  // of why and inbox
  std::string who;     // of locks: a path or a resource; "" is everything held
  TaskFilter filter;  // of tasks; its `after` and `limit` also page workers, plan, locks and inbox,
                      // its `kind` and `limit` narrow estimates, its `worker` workers
  LogFilter log;      // of log
  Seq after;          // of log: facts behind this one
  Seq before;         // of log: facts before this one; 0 is up to the newest
  std::int64_t limit = 1000;   // of log and marks
  std::string measure;         // of measures: those of this name; "" is all
  std::int64_t points = 0;     // of measures: values before the newest that are told of each
  std::string chapter;         // of report: a number or "last"; "" is the whole
  std::int64_t attempts = -1;  // of report: the newest of its timeline; -1 is all
  bool sentences = false;      // of log: also as people read them
  bool newest = false;         // of log: the last `limit` facts instead of the first
  std::int64_t attention = 0;  // of status: rows of what needs somebody; 0 is as many as usual
  bool all = false;            // of inbox: also what was acknowledged
  ForecastWish forecast;       // of forecast
};

// Facts as text, so that what people are shown is what stands in the journal.
struct LogView {
  std::vector<RawJson> facts;
  Seq next;  // pass it as `after` for more, of the newest as `before`; 0 at the end
  Seq end;   // the newest fact
  std::vector<std::string> sentences = {};

  static constexpr auto fields() {
    return std::tuple{
        field("facts", &LogView::facts, "In order", always),
        field(
            "next",
            &LogView::next,
            "Pass it as `seq` for more, of the newest as `before`; 0 at the end",
            always
        ),
        field("end", &LogView::end, "The newest fact", always),
        field("sentences", &LogView::sentences, "Each as people read it, if asked for", shown),
    };
  }
};

// The pool as a plan that can be imported again.
struct PlanView {
  PoolCard pool;
  PoolSettings settings;
  std::vector<WorkerSpec> workers;
  std::vector<TaskSpec> tasks;
  std::vector<PhaseSpec> phases;
  std::vector<GateSpec> gates;
  std::string next;
  std::vector<Machine> machines;
  std::vector<MeasureSpec> measures;
  std::vector<ScheduleSpec> schedules;

  static constexpr auto fields() {
    return std::tuple{
        field("pool", &PlanView::pool, "What it is for", always),
        field("settings", &PlanView::settings, "How it behaves", always),
        field("workers", &PlanView::workers, "On the first page, all of them", always),
        field("tasks", &PlanView::tasks, "In the order in which they were added", always),
        field("phases", &PlanView::phases, "On the first page, all of them", shown),
        field("gates", &PlanView::gates, "On the first page, all of them", shown),
        field("next", &PlanView::next, "Pass it as `after` for more; empty at the end", shown),
        field("machines", &PlanView::machines, "On the first page, all of them", shown),
        field("measures", &PlanView::measures, "On the first page, all of them", shown),
        field("schedules", &PlanView::schedules, "On the first page, all of them", shown),
    };
  }
};

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// "tasks/restore-8000", "tasks?states=ready,running&limit=10": below a pool's address, escaped.
std::string target_of(const Query& query);

// The same read back, from what a server has unescaped. Fails with `unknown_view`, `unknown_field`
// or `bad_value`.
Result<Query> query_of(std::string_view path, const QueryParameters& parameters);

// Whether the answer reads the log or an earlier state, and not only the pool in memory.
bool needs_history(const Query& query);

// The answer as JSON text. `pool` is the pool at `query.at`, if that is set. Fails with
// `unknown_task`.
Result<std::string> answer_query(
    const Query& query, const Pool& pool, const FactSource& facts, Instant now
);

// What a report tells of durations: those of the commonest kinds, and nothing of a chapter.
std::vector<KindDurations> reported_durations(const Query& query, const Pool& pool);

// A report by itself: of `pool` it reads only where it ends and how many chapters there are.
Result<std::string> report_answer(
    const Query& query,
    const Pool& pool,
    const FactSource& facts,
    Instant now,
    std::vector<KindDurations> durations
);

}  // namespace evener
