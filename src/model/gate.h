// Phases and gates. A phase is an ordered group of tasks: they may start once every gate that it
// comes after is open. A gate opens when its tasks are done and, if somebody's approval is wanted,
// when it is approved. Each phase has a gate of its own, under its own id, for all of its tasks;
// other gates join named tasks: integration points. Both kinds share one set of ids.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/task.h"

namespace evener {

struct PhaseSpec {
  std::string id = {};
  std::string title = {};
  std::string goal = {};
  std::vector<std::string> after = {};
  std::vector<std::string> participants = {};
  std::string approver = {};
  std::optional<Instant> planned_start_ms = {};
  std::optional<Instant> planned_end_ms = {};

  bool operator==(const PhaseSpec&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("id", &PhaseSpec::id, "Its id; tasks name it as their phase", required_id),
        field("title", &PhaseSpec::title, "One line", {.max_bytes = limits::title_bytes}),
        field("goal", &PhaseSpec::goal, "What is to be reached", line_bounds),
        field("after", &PhaseSpec::after, "Phases and gates that must be open first", ids_bounds),
        field("participants", &PhaseSpec::participants, "Who takes part", ids_bounds),
        field(
            "approver",
            &PhaseSpec::approver,
            "Whose approval its gate waits for: a worker, role:, machine: or team:; none if empty",
            id_bounds
        ),
        field("planned_start_ms", &PhaseSpec::planned_start_ms, "Planned, ms since 1970 UTC"),
        field("planned_end_ms", &PhaseSpec::planned_end_ms, "Planned, ms since 1970 UTC"),
    };
  }
};

struct GateSpec {
  std::string id = {};
  std::string title = {};
  std::vector<std::string> tasks = {};
  std::vector<std::string> between = {};
  std::string approver = {};

  bool operator==(const GateSpec&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("id", &GateSpec::id, "Its id", required_id),
        field("title", &GateSpec::title, "One line", {.max_bytes = limits::title_bytes}),
        field(
            "tasks",
            &GateSpec::tasks,
            "The tasks that it joins",
            {.max_bytes = limits::id_bytes,
             .form = TextForm::id,
             .max_items = limits::needs_per_task}
        ),
        field(
            "between",
            &GateSpec::between,
            "Whose work meets here",
            {.max_bytes = limits::line_bytes, .max_items = limits::names_per_task}
        ),
        field(
            "approver",
            &GateSpec::approver,
            "Whose approval it waits for: a worker, role:, machine: or team:; none if empty",
            id_bounds
        ),
    };
  }
};

// Adds a phase or a gate, or gives one that exists a new description.
template <typename Tag>
struct SpecCommand {
  using Spec = typename Tag::Spec;
  static constexpr std::string_view type = Tag::command;
  Spec spec = {};

  static constexpr auto fields() {
    return std::tuple{field(Tag::member, &SpecCommand::spec, Tag::doc, {.required = true})};
  }
};

template <typename Tag>
struct SpecFact {
  using Spec = typename Tag::Spec;
  static constexpr std::string_view type = Tag::fact;
  Spec spec = {};

  static constexpr auto fields() { return std::tuple{field("spec", &SpecFact::spec, Tag::doc)}; }
};

struct PhaseTag {
  using Spec = PhaseSpec;
  static constexpr std::string_view command = "set_phase";
  static constexpr std::string_view fact = "phase_set";
  static constexpr std::string_view member = "phase";
  static constexpr std::string_view doc = "The phase as it stands from now on";
};

struct GateTag {
  using Spec = GateSpec;
  static constexpr std::string_view command = "set_gate";
  static constexpr std::string_view fact = "gate_set";
  static constexpr std::string_view member = "gate";
  static constexpr std::string_view doc = "The gate as it stands from now on";
};

using SetPhase = SpecCommand<PhaseTag>;
using SetGate = SpecCommand<GateTag>;
using PhaseSet = SpecFact<PhaseTag>;
using GateSet = SpecFact<GateTag>;

// Approves a phase's gate or another. Without `worker` the author, an operator, approves.
struct Approve {
  static constexpr std::string_view type = "approve";
  std::string gate = {};
  std::string worker = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("gate", &Approve::gate, "Which", required_id),
        field("worker", &Approve::worker, "Who approves; without it, an operator", id_bounds),
        field("reason", &Approve::reason, "Why", line_bounds),
    };
  }
};

struct GateApproved {
  static constexpr std::string_view type = "gate_approved";
  std::string gate = {};
  std::string worker = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("gate", &GateApproved::gate, "Which", fact_text),
        field("worker", &GateApproved::worker, "Who approved; empty: the author", fact_text),
        field("reason", &GateApproved::reason, "Why", fact_text),
    };
  }
};

// What the facts before it come to, said once so that people and programs can wait for it. Whether
// a gate is open is never read from these.
template <typename Tag>
struct GateTurned {
  static constexpr std::string_view type = Tag::type;
  std::string gate = {};

  static constexpr auto fields() {
    return std::tuple{field("gate", &GateTurned::gate, "Which", fact_text)};
  }
};

struct OpenedTag {
  static constexpr std::string_view type = "gate_opened";
};

struct ClosedTag {
  static constexpr std::string_view type = "gate_closed";
};

using GateOpened = GateTurned<OpenedTag>;
using GateClosed = GateTurned<ClosedTag>;

}  // namespace evener
