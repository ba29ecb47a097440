// Plans: files that describe a pool's card, settings, workers and tasks. We read and write our own
// (TOML for people, JSON for programs, one tree of fields for both), and Task Master's
// (task_master.h); we read the files of the shell-script framework from which pools are often moved
// (framework.h, dashboard.h), and whatever people plan with in Markdown (markdown.h). A file is
// imported whole or not at all: one wrong task refuses it, and every problem names its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/time.h"
#include "model/gate.h"
#include "model/machine.h"
#include "model/measure.h"
#include "model/schedule.h"
#include "model/task.h"
#include "model/worker.h"

namespace evener {

inline constexpr std::size_t longest_plan_bytes = 64U << 20U;
inline constexpr std::size_t tasks_per_plan = 1'000'000;

// What another tool knew of a task when its file was written. `status` is our word (`ready`,
// `running`, `reviewing`, `done`, ...); `worker` is "" if nobody had it; `word` is the file's own,
// where the task's data keep it (status_words.h).
struct ImportedState {
  std::string task = {};
  std::string status = {};
  std::string worker = {};
  std::optional<Instant> started_at = {};
  std::optional<Instant> completed_at = {};
  std::string word = {};

  bool operator==(const ImportedState&) const = default;
};

// An ordered group of tasks, as a file plans it; `participants` are workers.
struct PlannedPhase {
  std::string id = {};
  std::string title = {};
  std::string text = {};
  std::vector<std::string> participants = {};

  bool operator==(const PlannedPhase&) const = default;
};

// A point where the work of several comes together: which tasks, and between whom.
struct IntegrationPoint {
  std::string id = {};
  std::string title = {};
  std::string text = {};
  std::vector<std::string> tasks = {};
  std::vector<std::string> between = {};
  std::int64_t line = 0;

  bool operator==(const IntegrationPoint&) const = default;
};

enum class Counted { nothing, tasks, subtasks };

template <>
struct EnumNames<Counted> {
  static constexpr std::array<std::string_view, 3> names{"nothing", "tasks", "subtasks"};
};

// A figure that a file states ("18/32 main tasks completed"), or a criterion of success ("> 80%").
// Where it counts tasks, `part` of `whole` are done as it says: that can be held against the tasks
// that the file lists.
struct StatedMeasure {
  std::string name = {};
  std::string value = {};  // "56.25% (18/32 main tasks completed)", "met", "" if it is not said
  std::string goal = {};   // "> 80%", "met", "" if there is none
  Counted counted = Counted::nothing;
  std::int64_t part = 0;
  std::int64_t whole = 0;
  std::int64_t line = 0;

  bool operator==(const StatedMeasure&) const = default;
};

// What happened, or what is good to know: of a task, by a worker, or of the whole.
struct PlanNote {
  std::string task = {};
  std::string worker = {};
  std::string text = {};
  std::int64_t line = 0;

  bool operator==(const PlanNote&) const = default;
};

// A line that no rule understood.
struct UnreadLine {
  std::int64_t line = 0;
  std::string text = {};

  bool operator==(const UnreadLine&) const = default;
};

// A task that is needed and not described, and where the file says so.
struct OutsideNeed {
  std::string task = {};
  std::string where = {};  // "plan.md:12:1"

  bool operator==(const OutsideNeed&) const = default;
};

// What a file said. In `tasks`, every task has an id, and parents stand before their subtasks.
// `notices` tell people what was read otherwise than it was written. Our own files hold only a
// card, settings, machines, workers, phases, gates, tasks, measures and schedules.
struct Plan {
  PoolCard card;
  std::optional<PoolSettings> settings;
  std::vector<WorkerSpec> workers;
  std::vector<TaskSpec> tasks;
  std::vector<ImportedState> states;
  std::vector<std::string> notices;
  std::vector<PhaseSpec> phases;
  std::vector<GateSpec> gates;
  std::vector<Machine> machines;
  std::vector<PlannedPhase> planned_phases;
  std::vector<IntegrationPoint> points;
  std::vector<StatedMeasure> measures;
  std::vector<PlanNote> notes;
  std::vector<UnreadLine> unread;
  std::vector<OutsideNeed> outside;
  std::vector<MeasureSpec> measure_specs;
  std::vector<ScheduleSpec> schedules;
  bool is_partial = false;  // what it does not say of a task or of the card stays as it is

  bool operator==(const Plan&) const = default;
};

enum class PlanFormat {
  detect,
  toml,
  json,
  framework_json,
  framework_jsonl,
  dashboard,
  task_master,
  markdown
};

template <>
struct EnumNames<PlanFormat> {
  static constexpr std::array<std::string_view, 8> names{
      "detect",
      "toml",
      "json",
      "framework-json",
      "framework-jsonl",
      "dashboard",
      "task-master",
      "markdown"
  };
};

// The framework lets anybody take a task when nobody has the capabilities that it requires, so
// these become `prefers`; with `strict` they become `requires`.
struct FrameworkOptions {
  bool strict = false;
};

// Reads a plan. `file_name` tells the format (with the text) and names the file in errors; it is
// not opened. Fails with the first problem, `where` being "plan.toml:12:9 task[3].needs" (line and
// column from 1, columns in characters; entries of lists from 0).
Result<Plan> read_plan(
    std::string_view text,
    const std::string& file_name,
    PlanFormat format = PlanFormat::detect,
    FrameworkOptions options = {}
);

// The format that read_plan() takes the text for; `detect` if it knows none.
PlanFormat plan_format(
    std::string_view text, const std::string& file_name, PlanFormat format = PlanFormat::detect
);

// Every problem of the file, at most one for each field and at most 100; empty if it can be read.
std::vector<Error> plan_problems(
    std::string_view text,
    const std::string& file_name,
    PlanFormat format = PlanFormat::detect,
    FrameworkOptions options = {}
);

// Canonical text, one field a line, so that differences are easy to see. Reading it gives the same
// plan, without its states and notices.
std::string write_plan_toml(const Plan& plan);
std::string write_plan_json(const Plan& plan);

// The JSON Schema (2020-12) of our plans, for editors; docs/plan.schema.json is its text.
Json plan_schema();

}  // namespace evener
