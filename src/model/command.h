// Commands: what somebody wishes to happen. `decide` (core/decide.h) answers each with facts or a
// refusal. On the wire a command is an object with its `type` and, if it should be safe to repeat,
// a `request_id`.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "model/blocker.h"
#include "model/evidence.h"
#include "model/gate.h"
#include "model/machine.h"
#include "model/measure.h"
#include "model/message.h"
#include "model/schedule.h"
#include "model/task.h"
#include "model/worker.h"

namespace evener {

inline constexpr Bounds fence_bounds{.required = true, .min = 1};
inline constexpr Bounds findings_bounds{
    .max_bytes = limits::note_bytes, .form = TextForm::text, .max_items = 16
};

// Adds tasks, all or none. They may need one another in any order. With `update`, a task that
// exists is changed to what is given, and one that is the same already is left alone.
struct AddTasks {
  static constexpr std::string_view type = "add";
  std::vector<TaskSpec> tasks = {};
  bool update = false;
  std::string worker = {};

  static constexpr auto fields() {
    return std::tuple{
        field(
            "tasks",
            &AddTasks::tasks,
            "The tasks",
            {.required = true, .max_items = limits::tasks_per_request}
        ),
        field("update", &AddTasks::update, "Change those that exist instead of refusing"),
        field("worker", &AddTasks::worker, "Who adds them, and follows them if known", id_bounds),
    };
  }
};

// Changes the named fields of a task. `changes` is an object of task fields; null clears one.
struct EditTask {
  static constexpr std::string_view type = "edit";
  std::string task = {};
  RawJson changes = {};
  std::vector<Need> add_needs = {};
  std::vector<std::string> drop_needs = {};

  static constexpr auto fields() {
    constexpr Bounds needs{
        .max_bytes = limits::id_bytes, .form = TextForm::id, .max_items = limits::needs_per_task
    };
    return std::tuple{
        field("task", &EditTask::task, "Its id", required_id),
        field(
            "changes",
            &EditTask::changes,
            "Task fields and their new values; null clears",
            {.max_bytes = limits::task_bytes}
        ),
        field("add_needs", &EditTask::add_needs, "Needs to add", needs),
        field("drop_needs", &EditTask::drop_needs, "Needs to drop", needs),
    };
  }
};

// Takes a task: the named one, or the best that the worker may take.
struct Claim {
  static constexpr std::string_view type = "claim";
  std::string worker = {};
  std::string task = {};
  Millis lease_ms = limits::hand_lease;
  Millis wait_ms = 0;
  bool parents = false;
  std::int64_t context_bytes = limits::context_bytes;
  std::optional<MachineLoad> load = {};

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &Claim::worker, "Who takes it", required_id),
        field("task", &Claim::task, "This one; without it, the best", id_bounds),
        field(
            "lease_ms",
            &Claim::lease_ms,
            "How long the lease lasts without renewal",
            {.min = limits::shortest_lease, .max = limits::longest_lease}
        ),
        field(
            "wait_ms",
            &Claim::wait_ms,
            "How long to wait for a task; only when the claim names none, and is alone in its "
            "request",
            {.max = limits::longest_wait}
        ),
        field("parents", &Claim::parents, "Also a task whose subtasks are open"),
        field(
            "context_bytes",
            &Claim::context_bytes,
            "How much of what others found and left is handed over at most",
            {.max = limits::most_context_bytes}
        ),
        field("load", &Claim::load, "What its machine does now"),
    };
  }
};

// Renews a lease, and says how far the work has come. Without a task: the worker is alive.
struct Renew {
  static constexpr std::string_view type = "renew";
  std::string worker = {};
  std::string task = {};
  Fence fence = {};
  Progress progress = {};
  std::optional<MachineLoad> load = {};
  std::string output = {};

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &Renew::worker, "Who holds it", required_id),
        field("task", &Renew::task, "Its id", id_bounds),
        field("fence", &Renew::fence, "The claim's fence"),
        field("progress", &Renew::progress, "How far it has come"),
        field("load", &Renew::load, "What its machine does now"),
        field(
            "output",
            &Renew::output,
            "The newest lines that were printed, for those who watch; a server keeps no others",
            {.max_bytes = limits::tail_bytes, .form = TextForm::text}
        ),
    };
  }
};

struct AddNote {
  static constexpr std::string_view type = "note";
  std::string task = {};
  std::string worker = {};
  std::string text = {};
  bool finding = false;

  static constexpr auto fields() {
    Bounds text_required = note_bounds;
    text_required.required = true;
    return std::tuple{
        field("task", &AddNote::task, "On this task", id_bounds),
        field("worker", &AddNote::worker, "By, or without a task on, this worker", id_bounds),
        field("text", &AddNote::text, "The note", text_required),
        field("finding", &AddNote::finding, "Hand it to the task's next holder"),
    };
  }
};

// Ticks (or unticks) one entry of a task's checklist; `criterion` counts from 1.
struct TickCriterion {
  static constexpr std::string_view type = "tick";
  std::string task = {};
  std::int64_t criterion = 0;
  bool done = true;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TickCriterion::task, "Its id", required_id),
        field(
            "criterion",
            &TickCriterion::criterion,
            "Which, from 1",
            {.required = true, .min = 1, .max = limits::criteria_per_task}
        ),
        field("done", &TickCriterion::done, "false unticks"),
    };
  }
};

// The work is done, with its evidence. `untimed`: it was done elsewhere before, so that neither how
// long it was held here nor who is named teaches anything.
struct Finish {
  static constexpr std::string_view type = "finish";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::string result = {};
  Evidence run = {};
  Evidence verify = {};
  std::vector<std::string> findings = {};
  bool untimed = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &Finish::task, "Its id", required_id),
        field("worker", &Finish::worker, "Who did it", required_id),
        field("fence", &Finish::fence, "The claim's fence", fence_bounds),
        field("result", &Finish::result, "What came out", note_bounds),
        field("run", &Finish::run, "What the work's command left"),
        field("verify", &Finish::verify, "What the verify command left"),
        field("findings", &Finish::findings, "Handed to whoever works on it next", findings_bounds),
        field("untimed", &Finish::untimed, "Done elsewhere before: nothing is learned of it"),
    };
  }
};

// The attempt failed. It is tried again while retries last, unless `final`. `untimed` as in Finish.
struct Fail {
  static constexpr std::string_view type = "fail";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::string reason = {};
  bool final = false;
  Evidence run = {};
  Evidence verify = {};
  std::vector<std::string> findings = {};
  bool untimed = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &Fail::task, "Its id", required_id),
        field("worker", &Fail::worker, "Who tried", required_id),
        field("fence", &Fail::fence, "The claim's fence", fence_bounds),
        field("reason", &Fail::reason, "Why", note_bounds),
        field("final", &Fail::final, "Do not try again"),
        field("run", &Fail::run, "What the work's command left"),
        field("verify", &Fail::verify, "What the verify command left"),
        field("findings", &Fail::findings, "Handed to whoever works on it next", findings_bounds),
        field("untimed", &Fail::untimed, "Tried elsewhere before: nothing is learned of it"),
    };
  }
};

// Gives a task back untried: no attempt is used up.
struct Release {
  static constexpr std::string_view type = "release";
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::string reason = {};
  std::vector<std::string> findings = {};

  static constexpr auto fields() {
    return std::tuple{
        field("task", &Release::task, "Its id", required_id),
        field("worker", &Release::worker, "Who holds it", required_id),
        field("fence", &Release::fence, "The claim's fence", fence_bounds),
        field("reason", &Release::reason, "Why", note_bounds),
        field(
            "findings", &Release::findings, "Handed to whoever works on it next", findings_bounds
        ),
    };
  }
};

// One task and a reason: the shape of the four commands below.
template <typename Tag>
struct TaskCommand {
  static constexpr std::string_view type = Tag::type;
  std::string task = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TaskCommand::task, "Its id", required_id),
        field("reason", &TaskCommand::reason, "Why", line_bounds),
    };
  }
};

struct CancelTag {
  static constexpr std::string_view type = "cancel";
};

struct HoldTag {
  static constexpr std::string_view type = "hold";
};

struct ResumeTag {
  static constexpr std::string_view type = "resume";
};

struct ReopenTag {
  static constexpr std::string_view type = "reopen";
};

using Cancel = TaskCommand<CancelTag>;
using Hold = TaskCommand<HoldTag>;
using Resume = TaskCommand<ResumeTag>;
using Reopen = TaskCommand<ReopenTag>;

// Makes a worker known, or changes what is known of it.
struct RegisterWorker {
  static constexpr std::string_view type = "register";
  WorkerSpec worker = {};

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &RegisterWorker::worker, "The worker", {.required = true}),
    };
  }
};

// A draining worker gets no new task.
struct DrainWorker {
  static constexpr std::string_view type = "drain";
  std::string worker = {};
  bool draining = true;
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &DrainWorker::worker, "Which", required_id),
        field("draining", &DrainWorker::draining, "false lets it claim again"),
        field("reason", &DrainWorker::reason, "Why", line_bounds),
    };
  }
};

// Replaces the pool's card, its settings, or both. Each is taken whole: what it leaves out goes
// back to its default.
struct Configure {
  static constexpr std::string_view type = "configure";
  std::optional<PoolCard> card = {};
  std::optional<PoolSettings> settings = {};

  static constexpr auto fields() {
    return std::tuple{
        field(
            "card",
            &Configure::card,
            "The whole card: what it leaves out is gone. Read it from `plan` first"
        ),
        field(
            "settings",
            &Configure::settings,
            "All settings: what is left out goes back to its default. Read them from `plan` first"
        ),
    };
  }
};

using Command = std::variant<
    AddTasks,
    EditTask,
    Claim,
    Renew,
    AddNote,
    TickCriterion,
    Finish,
    Fail,
    Release,
    Cancel,
    Hold,
    Resume,
    Reopen,
    RegisterWorker,
    DrainWorker,
    Configure,
    SetPhase,
    SetGate,
    Approve,
    RaiseBlocker,
    ResolveBlocker,
    SetMachine,
    SendMessage,
    Acknowledge,
    FollowTask,
    RecordMeasure,
    OpenChapter,
    SetSchedule>;

std::string_view type_of(const Command& command);

// A command with the id under which it may be repeated ("" if it may not).
struct Request {
  std::string request_id = {};
  Command command = {};
};

// {"type":"claim","request_id":"1763726430000-8f3a","worker":"w1",...}
Result<Request> read_request(const Json& json, const Path& path);
std::string to_json_text(const Request& request);

// JSON Schemas of all commands, by type.
JsonObject command_schemas();

// A request id is `<ms since 1970>-<1 to 40 letters, digits, _ or ->`: its time tells for how long
// it may be repeated. Fails with `bad_request_id`.
Result<Instant> request_time(std::string_view request_id);

// What may be done: read < worker < operator.
enum class Scope { read, worker, operate };

template <>
struct EnumNames<Scope> {
  static constexpr std::array<std::string_view, 3> names{"read", "worker", "operator"};
};

// Who asks. Its name stands in every fact.
struct Author {
  std::string name = {};
  Scope scope = Scope::read;
};

}  // namespace evener
