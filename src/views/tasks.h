// Tasks as people see them: a row of a list, and everything about one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/pool.h"
#include "views/blockers.h"
#include "views/described.h"
#include "views/estimates.h"
#include "views/facts.h"
#include "views/history.h"
#include "views/slack.h"
#include "views/task_order.h"

namespace evener {

// A task in somebody else's view.
struct TaskRef {
  std::string task = {};
  std::string title = {};
  TaskState state = TaskState::waiting;

  bool operator==(const TaskRef&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TaskRef::task, "Its id", always),
        field("title", &TaskRef::title, "One line", shown),
        field("state", &TaskRef::state, "What it is doing now", always),
    };
  }
};

// How far the tasks below a parent have come: those without subtasks of their own count, cancelled
// ones do not.
struct TreeProgress {
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::int64_t percent = 0;  // 100 only when all are done

  bool operator==(const TreeProgress&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("done", &TreeProgress::done, "Done", always),
        field("total", &TreeProgress::total, "That count", always),
        field("percent", &TreeProgress::percent, "0 to 100; 100 only when all are done", always),
    };
  }
};

struct TaskRow {
  std::string id = {};
  std::string title = {};
  TaskState state = TaskState::waiting;
  Priority priority = Priority::normal;
  std::string kind = {};
  std::string phase = {};
  std::string parent = {};
  std::string assignee = {};
  std::string worker = {};
  std::vector<std::string> labels = {};
  std::vector<std::string> capabilities = {};
  std::int64_t attempts = 0;
  std::int64_t failures = 0;
  std::optional<std::int64_t> percent = {};
  Instant since = 0;
  std::optional<Instant> retry_at = {};
  std::string reason = {};
  std::int64_t blocked_by = 0;
  std::int64_t subtasks = 0;
  std::optional<Millis> estimate_ms = {};
  std::optional<Instant> deadline_ms = {};
  std::optional<DurationRange> expected = {};
  std::optional<Slack> slack = {};

  bool operator==(const TaskRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("id", &TaskRow::id, "Its id", always),
        field("title", &TaskRow::title, "One line", always),
        field("state", &TaskRow::state, "What it is doing now", always),
        field("priority", &TaskRow::priority, "urgent, high, normal or low", always),
        field("kind", &TaskRow::kind, "What sort of work it is", shown),
        field("phase", &TaskRow::phase, "The phase it belongs to", shown),
        field("parent", &TaskRow::parent, "The task of which this is a subtask", shown),
        field("assignee", &TaskRow::assignee, "For whom it is meant", shown),
        field("worker", &TaskRow::worker, "Who runs it, or ran it last once it is over", shown),
        field("labels", &TaskRow::labels, "Words to filter by", shown),
        field("requires", &TaskRow::capabilities, "Capabilities a worker must have", shown),
        field("attempts", &TaskRow::attempts, "Claims so far", shown),
        field("failures", &TaskRow::failures, "Failed attempts since added or reopened", shown),
        field("percent", &TaskRow::percent, "How far it, or its subtasks, have come", shown),
        field("since", &TaskRow::since, "When it came into this state, log time", always),
        field(
            "retry_at", &TaskRow::retry_at, "When it is ready again, if only its backoff is left"
        ),
        field("reason", &TaskRow::reason, "Why it is held", shown),
        field("blocked_by", &TaskRow::blocked_by, "Open tasks directly before it", shown),
        field("subtasks", &TaskRow::subtasks, "Direct subtasks", shown),
        field("estimate_ms", &TaskRow::estimate_ms, "As somebody estimated it", shown),
        field("deadline_ms", &TaskRow::deadline_ms, "To be done by", shown),
        field("expected", &TaskRow::expected, "What it takes, from what such tasks took"),
        field("slack", &TaskRow::slack, "Whether it will be done by its deadline"),
    };
  }
};

// Which tasks are listed. What is empty does not narrow; `text` is looked for in ids and titles,
// without regard to case.
struct TaskFilter {
  std::vector<std::string> ids = {};
  std::vector<TaskState> states = {};
  std::string label = {};
  std::string worker = {};
  std::string parent = {};
  std::string phase = {};
  std::string kind = {};
  std::string text = {};
  std::string assignee = {};
  bool unassigned = false;
  bool unphased = false;
  std::string mine = {};
  std::string after = {};
  std::int64_t limit = 1000;
  TaskOrder sort = TaskOrder::added;
  bool descending = false;
  std::int64_t skip = 0;

  // Whether it is a window of a sorted list, and no page of the list as it was added.
  bool is_window() const { return sort != TaskOrder::added || descending || skip > 0; }

  static constexpr auto fields() {
    return std::tuple{
        field(
            "ids",
            &TaskFilter::ids,
            "One of these",
            {.max_bytes = limits::id_bytes, .form = TextForm::id, .max_items = 1000}
        ),
        field("states", &TaskFilter::states, "In one of these states"),
        field("label", &TaskFilter::label, "With this label", id_bounds),
        field("worker", &TaskFilter::worker, "That this worker runs, or ran last", id_bounds),
        field("parent", &TaskFilter::parent, "Direct subtasks of this task", id_bounds),
        field("phase", &TaskFilter::phase, "Of this phase, or below a task of it", id_bounds),
        field("kind", &TaskFilter::kind, "Of this kind", id_bounds),
        field(
            "text",
            &TaskFilter::text,
            "With this in the id or title; A to Z and a to z are alike",
            line_bounds
        ),
        field("assignee", &TaskFilter::assignee, "Meant for this worker, role: or such", id_bounds),
        field("unassigned", &TaskFilter::unassigned, "Meant for nobody in particular"),
        field("unphased", &TaskFilter::unphased, "Of no phase, nor below a task of one"),
        field(
            "mine", &TaskFilter::mine, "That this worker runs, or that are meant for it", id_bounds
        ),
        field(
            "after", &TaskFilter::after, "From behind this task: the last answer's next", id_bounds
        ),
        field(
            "limit",
            &TaskFilter::limit,
            "At most so many; 0: as many as are allowed, 10,000 over HTTP"
        ),
        field("sort", &TaskFilter::sort, "By what; without it, as they were added"),
        field("descending", &TaskFilter::descending, "The last first"),
        field("skip", &TaskFilter::skip, "Pass over so many; instead of `after`"),
    };
  }
};

// In the order in which the tasks were added, or as the filter sorts them.
struct TaskListView {
  std::vector<TaskRow> tasks = {};
  std::int64_t total = 0;
  std::string next = {};
  Instant log_time = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("tasks", &TaskListView::tasks, "As they were added, or sorted", always),
        field("total", &TaskListView::total, "That match, shown or not", always),
        field("next", &TaskListView::next, "Pass it as `after` for more; empty at the end", shown),
        field("log_time", &TaskListView::log_time, "Milliseconds since 1970, by the log", always),
    };
  }
};

// An `after` that is no task lists nothing: `total` still counts.
TaskListView list_view(const Pool& pool, const TaskFilter& filter);

struct NeedRow {
  std::string task = {};
  std::string title = {};
  TaskState state = TaskState::waiting;
  Until until = Until::done;
  bool holds = false;
  std::string through = {};  // the parent that has the need; "" if the task itself

  bool operator==(const NeedRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &NeedRow::task, "What is needed", always),
        field("title", &NeedRow::title, "One line", shown),
        field("state", &NeedRow::state, "What it is doing now", always),
        field("until", &NeedRow::until, "How far it must have come", shown),
        field("holds", &NeedRow::holds, "Whether it has come so far", always),
        field("through", &NeedRow::through, "The parent that has the need, if not itself", shown),
    };
  }
};

// A condition of core/conditions.h, as JSON.
struct ConditionRow {
  std::string code = {};
  bool holds = true;
  std::string text = {};
  std::string remedy = {};

  bool operator==(const ConditionRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("code", &ConditionRow::code, "As a refusal's when it does not hold", always),
        field("holds", &ConditionRow::holds, "Whether it does", always),
        field("text", &ConditionRow::text, "What is the case", always),
        field("remedy", &ConditionRow::remedy, "What would change it", shown),
    };
  }
};

struct CriterionRow {
  std::string text = {};
  bool ticked = false;

  bool operator==(const CriterionRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("text", &CriterionRow::text, "What must be met", always),
        field("ticked", &CriterionRow::ticked, "Whether it is", always),
    };
  }
};

// The lease under which a task runs.
struct LeaseRow {
  std::string worker = {};
  Fence fence = {};
  std::int64_t attempt = 0;
  Instant started = 0;
  Instant expires = 0;
  Millis left_ms = 0;
  Progress progress = {};

  bool operator==(const LeaseRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &LeaseRow::worker, "Who holds it", always),
        field("fence", &LeaseRow::fence, "The claim's fence", always),
        field("attempt", &LeaseRow::attempt, "Which try, from 1", always),
        field("started", &LeaseRow::started, "When it was claimed, log time", always),
        field("expires", &LeaseRow::expires, "When it lapses, log time", always),
        field("left_ms", &LeaseRow::left_ms, "Until then; never negative", always),
        field("progress", &LeaseRow::progress, "How far it has come", shown),
    };
  }
};

struct TaskView {
  TaskSpec spec = {};
  TaskState state = TaskState::waiting;
  std::string explanation = {};
  Instant since = 0;
  std::string reason = {};
  std::string result = {};
  std::optional<LeaseRow> lease = {};
  std::string output = {};
  std::vector<ConditionRow> conditions = {};
  std::vector<BlockerRow> blockers = {};
  std::vector<NeedRow> needs = {};
  std::vector<TaskRef> dependants = {};
  std::int64_t dependants_total = 0;
  std::vector<TaskRef> children = {};
  std::int64_t children_total = 0;
  std::optional<TreeProgress> progress = {};
  std::vector<CriterionRow> criteria = {};
  std::vector<std::string> findings = {};
  std::vector<SalvageKept> salvage = {};
  std::vector<AttemptRow> attempts = {};
  std::vector<NoteRow> notes = {};
  bool older_history = false;
  std::vector<std::string> stuck_behind = {};
  Millis path_ms = 0;
  std::vector<std::string> followers = {};
  std::optional<DurationRange> expected = {};
  std::optional<Slack> slack = {};
  std::optional<DurationRange> left = {};
  Instant log_time = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TaskView::spec, "The task as described", always),
        field("state", &TaskView::state, "What it is doing now", always),
        field("explanation", &TaskView::explanation, "The same in a sentence", always),
        field("since", &TaskView::since, "When it came into this state, log time", always),
        field("reason", &TaskView::reason, "Of the last failure, hold, lapse or such", shown),
        field("result", &TaskView::result, "What came out", shown),
        field("lease", &TaskView::lease, "Under which it runs"),
        field("output", &TaskView::output, "The newest lines that its command printed", shown),
        field("conditions", &TaskView::conditions, "What must hold before it starts", shown),
        field("blockers", &TaskView::blockers, "Open ones on it, the gravest first", shown),
        field("needs", &TaskView::needs, "What comes first, of its parents too", shown),
        field("dependants", &TaskView::dependants, "Who needs it: the first 100", shown),
        field("dependants_total", &TaskView::dependants_total, "How many", shown),
        field("children", &TaskView::children, "Its subtasks: the first 100", shown),
        field("children_total", &TaskView::children_total, "How many", shown),
        field("progress", &TaskView::progress, "How far its subtasks have come"),
        field("criteria", &TaskView::criteria, "The checklist", shown),
        field("findings", &TaskView::findings, "Handed over, newest first", shown),
        field("salvage", &TaskView::salvage, "Results that came too late, newest first", shown),
        field("attempts", &TaskView::attempts, "Every try, newest first", shown),
        field("notes", &TaskView::notes, "Newest first", shown),
        field("older_history", &TaskView::older_history, "Older attempts and notes are in the log"),
        field(
            "stuck_behind", &TaskView::stuck_behind, "Failed or cancelled tasks in its way", shown
        ),
        field("path_ms", &TaskView::path_ms, "Longest remaining path from its start", shown),
        field("followers", &TaskView::followers, "Whom a message to it reaches", shown),
        field("expected", &TaskView::expected, "What it takes, from what such tasks took"),
        field("slack", &TaskView::slack, "Whether it will be done by its deadline"),
        field("left", &TaskView::left, "Of a running one: what it takes still"),
        field("log_time", &TaskView::log_time, "Milliseconds since 1970, by the log", always),
    };
  }
};

// Fails only if the history cannot be read.
Result<TaskView> task_view(const Pool& pool, TaskIndex task, const FactSource& facts, Instant now);

// ---- shared by views ---------------------------------------------------------------------------

std::string title_of(const State& state, TaskIndex task);
TaskRef ref_of(const Pool& pool, TaskIndex task);
TaskRow row_of(const Pool& pool, TaskIndex task);
std::vector<ConditionRow> rows_of(std::vector<Condition> conditions);

// What the task is doing, and why, in one sentence without a full stop:
// "running by walnut-1 (attempt 2, fence 41) for 3m 20s".
std::string explain_state(const Pool& pool, TaskIndex task, Instant now);

// The lease under which a task runs; nothing if it does not.
std::optional<LeaseRow> lease_of(const Pool& pool, TaskIndex task, Instant now);

// Nothing if no task below it counts.
std::optional<TreeProgress> tree_progress(const State& state, TaskIndex task);

std::int64_t percent_of(std::int64_t part, std::int64_t whole);

}  // namespace evener
