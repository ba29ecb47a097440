// Who takes tasks, as it describes itself; and the pool's card and settings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/limits.h"
#include "model/task.h"

namespace evener {

struct WorkerSpec {
  std::string name = {};
  std::string machine = {};
  std::string team = {};
  std::string role = {};
  std::vector<std::string> capabilities = {};
  std::vector<std::string> focus = {};
  std::int64_t slots = 1;
  std::optional<Millis> report_every_ms = {};

  bool operator==(const WorkerSpec&) const = default;

  static constexpr auto fields() {
    constexpr Bounds many{
        .max_bytes = limits::id_bytes, .max_items = limits::capabilities_per_worker
    };
    Bounds name = id_bounds;
    name.required = true;
    return std::tuple{
        field("name", &WorkerSpec::name, "Unique in the pool", name),
        field("machine", &WorkerSpec::machine, "The host it runs on", id_bounds),
        field("team", &WorkerSpec::team, "The team it belongs to", id_bounds),
        field("role", &WorkerSpec::role, "Its role", id_bounds),
        field("capabilities", &WorkerSpec::capabilities, "What it can do", many),
        field(
            "focus",
            &WorkerSpec::focus,
            "Paths it works in",
            {.max_bytes = limits::line_bytes, .max_items = limits::names_per_task}
        ),
        field(
            "slots",
            &WorkerSpec::slots,
            "Tasks it runs at once",
            {.min = 1, .max = limits::slots_per_worker}
        ),
        field(
            "report_every_ms",
            &WorkerSpec::report_every_ms,
            "How often it reports while it holds a task; 0: not; without it, as the pool says",
            duration_bounds
        ),
    };
  }
};

// A pool's card: what it is for.
struct PoolCard {
  std::string name = {};
  std::string project = {};
  std::string repository = {};
  std::string goal = {};
  std::vector<std::string> people = {};

  bool operator==(const PoolCard&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("name", &PoolCard::name, "The pool's name", id_bounds),
        field("project", &PoolCard::project, "The project it serves", line_bounds),
        field("repository", &PoolCard::repository, "Its repository", line_bounds),
        field("goal", &PoolCard::goal, "What is to be reached", line_bounds),
        field("people", &PoolCard::people, "Who is in it", line_bounds),
    };
  }
};

// What a machine does now, of all that it can: as its runners see it.
struct MachineLoad {
  std::int64_t cpu = 0;
  std::int64_t memory = 0;

  bool operator==(const MachineLoad&) const = default;

  static constexpr auto fields() {
    constexpr Bounds percent{.max = 100};
    return std::tuple{
        field("cpu", &MachineLoad::cpu, "Percent of its cores that are busy", percent),
        field("memory", &MachineLoad::memory, "Percent of its memory that is taken", percent),
    };
  }
};

// Which of several workers that wait, and could do a task alike, is given it: the one on the
// machine that does least, or most.
enum class Placement { spread, pack };

template <>
struct EnumNames<Placement> {
  static constexpr std::array<std::string_view, 2> names{"spread", "pack"};
};

// How a pool behaves where a task does not say.
struct PoolSettings {
  std::int64_t retries = 2;
  Millis backoff_ms = 1000;
  Millis backoff_cap_ms = 300'000;
  Millis age_limit_ms = 86'400'000;
  Millis default_estimate_ms = 60'000;
  std::int64_t lapse_limit = 5;
  Millis escalate_ms = 1'800'000;
  std::vector<std::string> escalate_to = {"role:coordinator"};
  std::vector<std::string> resources = {};
  std::int64_t fail_limit = 5;
  Millis stall_ms = 1'800'000;
  std::int64_t message_days = 7;
  Millis report_every_ms = 0;
  bool learn = true;
  Placement placement = Placement::spread;

  bool operator==(const PoolSettings&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field(
            "retries",
            &PoolSettings::retries,
            "Retries of a task that names none",
            {.max = limits::retries}
        ),
        field(
            "backoff_ms",
            &PoolSettings::backoff_ms,
            "Wait after a first failure, doubled by "
            "each further one",
            duration_bounds
        ),
        field(
            "backoff_cap_ms", &PoolSettings::backoff_cap_ms, "Longest such wait", duration_bounds
        ),
        field(
            "age_limit_ms",
            &PoolSettings::age_limit_ms,
            "Ready for longer than this goes first",
            duration_bounds
        ),
        field(
            "default_estimate_ms",
            &PoolSettings::default_estimate_ms,
            "What a task without estimate counts in the longest path",
            {.min = 1, .max = limits::longest_duration}
        ),
        field(
            "lapse_limit",
            &PoolSettings::lapse_limit,
            "A task whose lease lapses so often in a row is held; 0: never",
            {.max = limits::retries}
        ),
        field(
            "escalate_ms",
            &PoolSettings::escalate_ms,
            "A blocker of high severity that is open for so long escalates, an urgent one at once, "
            "a normal one after four times as long; 0: none does",
            duration_bounds
        ),
        field(
            "escalate_to",
            &PoolSettings::escalate_to,
            "Who is asked, one after another, once a blocker's owner was: workers, role:, "
            "machine: or team:",
            {.max_bytes = limits::id_bytes, .form = TextForm::id, .max_items = 8}
        ),
        field(
            "resources",
            &PoolSettings::resources,
            "Resources of which there are several, as name=capacity; of others there is one",
            {.max_bytes = limits::line_bytes, .max_items = limits::resources_per_pool}
        ),
        field(
            "fail_limit",
            &PoolSettings::fail_limit,
            "A worker that fails so many different tasks in a row is set aside; 0: never",
            {.max = limits::fail_limit}
        ),
        field(
            "stall_ms",
            &PoolSettings::stall_ms,
            "A worker whose heart beats, but whose task shows no progress for so long, or for "
            "three times its estimate if that is longer, is said to be stalled; 0: never",
            duration_bounds
        ),
        field(
            "message_days",
            &PoolSettings::message_days,
            "For how many days a message is kept that somebody has not acknowledged",
            {.min = 1, .max = limits::longest_message_days}
        ),
        field(
            "report_every_ms",
            &PoolSettings::report_every_ms,
            "How often a worker reports while it holds a task; 0: not",
            duration_bounds
        ),
        field(
            "learn",
            &PoolSettings::learn,
            "Whether the longest path goes by learned durations; else by estimates alone"
        ),
        field(
            "placement",
            &PoolSettings::placement,
            "Of workers that could do a task alike, one on the machine that does least (spread), "
            "or "
            "most (pack)"
        ),
    };
  }
};

}  // namespace evener
