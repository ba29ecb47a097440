// Where the work stands, on one screen: counts, who runs what, what needs attention, what comes
// next. Lists are short and carry their totals, so that a pool of a million tasks answers as fast
// as a small one: nothing here looks at all tasks.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"
#include "views/estimates.h"
#include "views/forecast.h"
#include "views/liveness.h"
#include "views/measures.h"

namespace evener {

struct TaskCounts {
  std::int64_t waiting = 0;
  std::int64_t ready = 0;
  std::int64_t running = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
  std::int64_t held = 0;
  std::int64_t total = 0;
  std::int64_t stuck = 0;

  bool operator==(const TaskCounts&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("waiting", &TaskCounts::waiting, "For others, or to be tried again", always),
        field("ready", &TaskCounts::ready, "May be claimed now", always),
        field("running", &TaskCounts::running, "Under a live lease", always),
        field("done", &TaskCounts::done, "Done", always),
        field("failed", &TaskCounts::failed, "Attempts used up", always),
        field("cancelled", &TaskCounts::cancelled, "Not wanted any more", always),
        field("held", &TaskCounts::held, "Kept back by somebody", always),
        field("total", &TaskCounts::total, "All of these; locks count nowhere", always),
        field("stuck", &TaskCounts::stuck, "Open, behind failed or cancelled ones", always),
    };
  }
};

struct WorkerCounts {
  std::int64_t live = 0;
  std::int64_t quiet = 0;
  std::int64_t lost = 0;
  std::int64_t draining = 0;
  std::int64_t set_aside = 0;
  std::int64_t stalled = 0;

  bool operator==(const WorkerCounts&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("live", &WorkerCounts::live, "Heard of lately", always),
        field("quiet", &WorkerCounts::quiet, "Overdue", always),
        field("lost", &WorkerCounts::lost, "Their lease has lapsed", always),
        field("draining", &WorkerCounts::draining, "Of all these, get no new task", always),
        field("set_aside", &WorkerCounts::set_aside, "Of all these, failed too often", always),
        field("stalled", &WorkerCounts::stalled, "Live, but a task makes no progress", always),
    };
  }
};

struct RunningRow {
  std::string task = {};
  std::string title = {};
  std::string worker = {};
  Fence fence = {};
  std::int64_t attempt = 0;
  Millis elapsed_ms = 0;
  Millis lease_left_ms = 0;
  Progress progress = {};
  std::optional<Instant> stalled_since = {};
  std::optional<DurationRange> left = {};

  bool operator==(const RunningRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &RunningRow::task, "Its id", always),
        field("title", &RunningRow::title, "One line", shown),
        field("worker", &RunningRow::worker, "Who holds it", always),
        field("fence", &RunningRow::fence, "The claim's fence", always),
        field("attempt", &RunningRow::attempt, "Which try, from 1", always),
        field("elapsed_ms", &RunningRow::elapsed_ms, "Since it was claimed", always),
        field("lease_left_ms", &RunningRow::lease_left_ms, "Until its lease lapses", always),
        field("progress", &RunningRow::progress, "How far it has come", shown),
        field(
            "stalled_since",
            &RunningRow::stalled_since,
            "Its worker lives, but nothing of this has changed since then; log time"
        ),
        field("left", &RunningRow::left, "What it takes still, from what such tasks took"),
    };
  }
};

enum class AttentionKind {
  blocker,
  approval,
  failed,
  stuck,
  lost_worker,
  unclaimable,
  salvage,
  set_aside,
  stalled,
  overdue_report,
  deadline
};

template <>
struct EnumNames<AttentionKind> {
  static constexpr std::array<std::string_view, 11> names{
      "blocker",
      "approval",
      "failed",
      "stuck",
      "lost_worker",
      "unclaimable",
      "salvage",
      "set_aside",
      "stalled",
      "overdue_report",
      "deadline"
  };
};

// Something that goes on only when somebody acts. `remedy` is a command line.
struct AttentionRow {
  AttentionKind kind = AttentionKind::failed;
  std::string task = {};
  std::string worker = {};
  std::string text = {};
  std::string remedy = {};

  bool operator==(const AttentionRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("kind", &AttentionRow::kind, "What is the matter", always),
        field("task", &AttentionRow::task, "With this task, if one", shown),
        field("worker", &AttentionRow::worker, "With this worker, if one", shown),
        field("text", &AttentionRow::text, "A sentence", always),
        field("remedy", &AttentionRow::remedy, "A command that would help", always),
    };
  }
};

struct NextRow {
  std::string task = {};
  std::string title = {};
  Priority priority = Priority::normal;
  Millis ready_for_ms = 0;
  Millis path_ms = 0;
  std::optional<DurationRange> expected = {};

  bool operator==(const NextRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &NextRow::task, "Its id", always),
        field("title", &NextRow::title, "One line", shown),
        field("priority", &NextRow::priority, "urgent, high, normal or low", always),
        field("ready_for_ms", &NextRow::ready_for_ms, "Since it became ready", always),
        field("path_ms", &NextRow::path_ms, "Longest remaining path from its start", always),
        field("expected", &NextRow::expected, "What it takes, from what such tasks took"),
    };
  }
};

// The one thing that would free most tasks of a pool in which nothing moves.
struct ReliefRow {
  std::string cause = {};
  std::string text = {};
  std::string command = {};
  std::int64_t frees = 0;
  std::int64_t open = 0;

  bool operator==(const ReliefRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("cause", &ReliefRow::cause, "held, approval, missing_capability, ...", always),
        field("text", &ReliefRow::text, "A sentence", always),
        field("command", &ReliefRow::command, "What to type", always),
        field(
            "frees",
            &ReliefRow::frees,
            "Open tasks that could then be done one after the other; 0: it is the first of several "
            "things",
            always
        ),
        field("open", &ReliefRow::open, "Open tasks in all", always),
    };
  }
};

// Who leads a role: holds the lock "role:NAME", usually by `evener lead`.
struct LeaderRow {
  std::string role = {};
  std::string worker = {};

  bool operator==(const LeaderRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("role", &LeaderRow::role, "As role:NAME", always),
        field("worker", &LeaderRow::worker, "Who leads it", always),
    };
  }
};

struct StatusView {
  std::string pool = {};
  PoolCard card = {};
  Seq last = {};
  Instant log_time = 0;
  TaskCounts tasks = {};
  std::int64_t percent_done = 0;
  WorkerCounts workers = {};
  std::vector<RunningRow> running = {};
  std::vector<AttentionRow> attention = {};
  std::int64_t attention_total = 0;
  std::vector<NextRow> next = {};
  std::optional<ReliefRow> relief = {};
  std::vector<LeaderRow> leaders = {};
  std::vector<MeasureRow> measures = {};
  std::int64_t measures_total = 0;
  std::optional<Forecast> forecast = {};

  static constexpr auto fields() {
    return std::tuple{
        field("pool", &StatusView::pool, "The pool's id", always),
        field("card", &StatusView::card, "What it is for"),
        field("last", &StatusView::last, "The newest fact", always),
        field("log_time", &StatusView::log_time, "Milliseconds since 1970, by the log", always),
        field("tasks", &StatusView::tasks, "How many are in each state", always),
        field("percent_done", &StatusView::percent_done, "Cancelled ones do not count", always),
        field("workers", &StatusView::workers, "How many are there", always),
        field(
            "running", &StatusView::running, "The oldest first; tasks.running is how many", always
        ),
        field("attention", &StatusView::attention, "What only somebody's action moves", always),
        field("attention_total", &StatusView::attention_total, "Shown or not", always),
        field("next", &StatusView::next, "Some of the ready ones, best first", always),
        field("relief", &StatusView::relief, "Nothing moves; what would free most tasks"),
        field("leaders", &StatusView::leaders, "Who leads which role", shown),
        field("measures", &StatusView::measures, "By name; those of the pool first", shown),
        field("measures_total", &StatusView::measures_total, "Shown or not", shown),
        field("forecast", &StatusView::forecast, "In how long all that is open is done"),
    };
  }
};

// How many rows each list may have.
struct StatusLimits {
  std::size_t running = 100;
  std::size_t attention = 20;
  std::size_t next = 5;
  std::size_t leaders = 50;
  std::size_t measures = 20;
};

// What core/relief.h finds, if anything.
std::optional<ReliefRow> relief_row(const Pool& pool, Instant now);
// By role.
std::vector<LeaderRow> leader_rows(const Pool& pool, std::size_t most);

StatusView status_view(const Pool& pool, Instant now, const StatusLimits& limits = {});

}  // namespace evener
