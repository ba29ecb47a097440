// A task as people and plans describe it. What happens to it (attempts, leases) is in core/state.h.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/time.h"
#include "model/limits.h"

namespace evener {

enum class Priority { urgent, high, normal, low };

template <>
struct EnumNames<Priority> {
  static constexpr std::array<std::string_view, 4> names{"urgent", "high", "normal", "low"};
};

// How far a needed task must have come.
enum class Until { done, accepted, integrated };

template <>
struct EnumNames<Until> {
  static constexpr std::array<std::string_view, 3> names{"done", "accepted", "integrated"};
};

// One need: "restore-8000", or {"task": "restore-8000", "until": "accepted"}.
struct Need {
  std::string task = {};
  Until until = Until::done;

  bool operator==(const Need&) const = default;
  static Status read(const Json& json, Need& out, const Bounds& bounds, const Path& path);
  void append_to(std::string& out) const;
  static Json schema(const Bounds& bounds);
};

inline constexpr Bounds id_bounds{.max_bytes = limits::id_bytes, .form = TextForm::id};
inline constexpr Bounds ids_bounds{
    .max_bytes = limits::id_bytes, .form = TextForm::id, .max_items = limits::names_per_task
};
inline constexpr Bounds text_bounds{.max_bytes = limits::text_bytes, .form = TextForm::text};
inline constexpr Bounds line_bounds{.max_bytes = limits::line_bytes};
inline constexpr Bounds duration_bounds{.max = limits::longest_duration};
inline constexpr Bounds required_id{
    .required = true, .max_bytes = limits::id_bytes, .form = TextForm::id
};
inline constexpr Bounds note_bounds{.max_bytes = limits::note_bytes, .form = TextForm::text};

// Of what we wrote ourselves in facts: generous, for the writer was held to narrower ones.
inline constexpr Bounds fact_text{
    .max_bytes = 1U << 20U, .form = TextForm::text, .max_items = 1U << 20U, .min = INT64_MIN
};

struct TaskSpec {
  std::string id = {};
  std::string title = {};
  std::string description = {};
  std::string parent = {};
  std::string phase = {};
  std::string kind = {};
  Priority priority = Priority::normal;
  std::vector<Need> needs = {};
  std::string assignee = {};
  std::optional<Millis> assignee_delay_ms = {};
  std::vector<std::string> capabilities = {};  // `requires` outside: a keyword of C++
  std::vector<std::string> prefers = {};
  std::vector<std::string> paths = {};
  std::vector<std::string> locks = {};
  std::optional<Millis> estimate_ms = {};
  std::optional<Instant> deadline_ms = {};
  std::string run = {};
  std::string verify = {};
  std::vector<std::string> criteria = {};
  std::string review = {};
  bool integrate = false;
  std::optional<std::int64_t> retries = {};
  std::optional<Millis> backoff_ms = {};
  std::optional<Millis> backoff_cap_ms = {};
  std::string context = {};
  std::vector<std::string> labels = {};
  RawJson data = {};
  std::vector<std::string> secrets = {};

  bool operator==(const TaskSpec&) const = default;

  static constexpr auto fields() {
    constexpr Bounds names{.max_bytes = limits::id_bytes, .max_items = limits::names_per_task};
    constexpr Bounds criteria_bounds{
        .max_bytes = limits::line_bytes, .max_items = limits::criteria_per_task
    };
    return std::tuple{
        field(
            "id", &TaskSpec::id, "Unique in the pool; made from the title if left out", id_bounds
        ),
        field("title", &TaskSpec::title, "One line", {.max_bytes = limits::title_bytes}),
        field("description", &TaskSpec::description, "What is to be done", text_bounds),
        field("parent", &TaskSpec::parent, "The task of which this is a subtask", id_bounds),
        field("phase", &TaskSpec::phase, "The phase it belongs to", id_bounds),
        field("kind", &TaskSpec::kind, "What sort of work it is, for learned durations", id_bounds),
        field("priority", &TaskSpec::priority, "urgent, high, normal or low"),
        field(
            "needs",
            &TaskSpec::needs,
            "Tasks that come first: ids, or {task, until: done|accepted|integrated}",
            {.max_bytes = limits::id_bytes,
             .form = TextForm::id,
             .max_items = limits::needs_per_task}
        ),
        field(
            "assignee",
            &TaskSpec::assignee,
            "For whom it is meant: a worker's name, or role:, machine:, team: with a name",
            id_bounds
        ),
        field(
            "assignee_delay_ms",
            &TaskSpec::assignee_delay_ms,
            "After so long ready anyone eligible may take it; without it, only the assignee",
            duration_bounds
        ),
        field("requires", &TaskSpec::capabilities, "Capabilities a worker must have", names),
        field("prefers", &TaskSpec::prefers, "Capabilities that suit it", names),
        field(
            "paths",
            &TaskSpec::paths,
            "Files it will touch, as globs",
            {.max_bytes = limits::line_bytes, .max_items = limits::names_per_task}
        ),
        field(
            "locks",
            &TaskSpec::locks,
            "Named resources it wants",
            {.max_bytes = limits::line_bytes, .max_items = limits::names_per_task}
        ),
        field("estimate_ms", &TaskSpec::estimate_ms, "Expected duration, ms", duration_bounds),
        field("deadline_ms", &TaskSpec::deadline_ms, "To be done by, ms since 1970 UTC"),
        field("run", &TaskSpec::run, "Shell command or prompt that does it", text_bounds),
        field("verify", &TaskSpec::verify, "Shell command that must pass before done", text_bounds),
        field("criteria", &TaskSpec::criteria, "Checklist; all must be ticked", criteria_bounds),
        field("review", &TaskSpec::review, "By whom it is reviewed", id_bounds),
        field("integrate", &TaskSpec::integrate, "Whether its work is merged"),
        field(
            "retries",
            &TaskSpec::retries,
            "Failed attempts that are tried again (default: the pool's)",
            {.max = limits::retries}
        ),
        field("backoff_ms", &TaskSpec::backoff_ms, "Wait after the first failure", duration_bounds),
        field("backoff_cap_ms", &TaskSpec::backoff_cap_ms, "Longest such wait", duration_bounds),
        field("context", &TaskSpec::context, "Findings handed over from the start", text_bounds),
        field("labels", &TaskSpec::labels, "Words to filter by", names),
        field(
            "data",
            &TaskSpec::data,
            "Any JSON: carried, never read",
            {.max_bytes = limits::data_bytes}
        ),
        field(
            "secrets",
            &TaskSpec::secrets,
            "Names of secrets that its commands get as environment variables",
            {.max_bytes = limits::id_bytes,
             .form = TextForm::id,
             .max_items = limits::secrets_per_task}
        ),
    };
  }
};

// The kind of a task that only holds locks while somebody's command runs. It is no work: it is
// claimed by name alone, takes no slot, and is over when its lease lapses.
inline constexpr std::string_view lock_kind = "lock";

// Whether a secret may be called so: capitals, digits and _, not beginning with a digit, and not
// EVENER_...
bool is_secret_name(std::string_view name);

// What a runner that has the secret can do, and a task that needs it requires.
std::string secret_capability(std::string_view name);

// All that a worker must be able to do: what the task names, and to give it its secrets.
std::vector<std::string> required_capabilities(const TaskSpec& task);

// Bounds that span fields: the size of the whole, a path or assignee that is no such thing.
Status check_task(const TaskSpec& task, const Path& path);

// Whether it names anybody: "role:" does not.
Status check_assignee(const std::string& assignee, const Path& path);
Status check_assignees(const std::vector<std::string>& assignees, const Path& path);

// An id from a title: "Fix the Build!" -> "fix-the-build"; "task" when nothing is left.
std::string id_from_title(std::string_view title);

// For whom a task may be meant.
enum class AssigneeKind { worker, role, machine, team };

template <>
struct EnumNames<AssigneeKind> {
  static constexpr std::array<std::string_view, 4> names{"worker", "role", "machine", "team"};
};

struct Assignee {
  AssigneeKind kind = AssigneeKind::worker;
  std::string name = {};
};

// "walnut-1" and "worker:walnut-1" are workers; "role:", "machine:", "team:" the others.
Assignee parse_assignee(std::string_view text);

}  // namespace evener
