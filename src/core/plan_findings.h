// What is wrong with a plan before it runs, and what it could do without. An error keeps a task
// from ever being done, or the plan from being taken; a warning costs time, or leaves open what
// would better be said.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/plan_figures.h"
#include "model/machine.h"

namespace evener {

enum class PlanSeverity { error, warning };

template <>
struct EnumNames<PlanSeverity> {
  static constexpr std::array<std::string_view, 2> names{"error", "warning"};
};

struct PlanFinding {
  PlanSeverity severity = PlanSeverity::error;
  std::string code = {};
  std::vector<std::string> tasks = {};
  std::string reason = {};
  std::string change = {};

  bool operator==(const PlanFinding&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("severity", &PlanFinding::severity, "error or warning", plan_figure),
        field("code", &PlanFinding::code, "What it is, for programs", plan_figure),
        field("tasks", &PlanFinding::tasks, "Which tasks it is about", plan_figure),
        field("reason", &PlanFinding::reason, "What was found", plan_figure),
        field(
            "change", &PlanFinding::change, "What would mend it; a command if one does", plan_figure
        ),
    };
  }
};

// A need that others imply: without it the task waits for the same.
struct SpareNeed {
  std::string task = {};
  std::string need = {};

  bool operator==(const SpareNeed&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &SpareNeed::task, "Whose", plan_figure),
        field("need", &SpareNeed::need, "The task that it need not name", plan_figure),
    };
  }
};

struct PlanExamination {
  std::int64_t errors = 0;
  std::int64_t warnings = 0;
  std::vector<PlanFinding> findings = {};
  std::vector<SpareNeed> spare_needs = {};
  std::optional<PlanFigures> figures = {};
  std::vector<std::string> unfinished = {};

  static constexpr auto fields() {
    return std::tuple{
        field("errors", &PlanExamination::errors, "How many of the findings", plan_figure),
        field("warnings", &PlanExamination::warnings, "The others", plan_figure),
        field("findings", &PlanExamination::findings, "Errors first", plan_figure),
        field("spare_needs", &PlanExamination::spare_needs, "What --fix drops", plan_figure),
        field("figures", &PlanExamination::figures, "Unless there is a cycle", plan_figure),
        field(
            "unfinished",
            &PlanExamination::unfinished,
            "What was cut short, the plan being too large",
            plan_figure
        ),
    };
  }
};

// What is looked at. The spans must outlive the examination.
struct PlanToExamine {
  std::span<const TaskSpec> tasks = {};
  std::span<const PhaseSpec> phases = {};
  std::span<const GateSpec> gates = {};
  std::vector<WorkerSpec> workers = {};    // that are known; with no machines either: nobody is
  std::vector<Machine> machines = {};      // lend what they have; one without workers counts as one
  PoolSettings settings = {};              // resources and the default estimate
  std::set<std::string> gates_known = {};  // phases and gates of which nothing is asked
  std::set<std::string> elsewhere = {};    // tasks that may be needed, and are not looked at
  // Tasks that are cancelled, and which of `tasks` need each; such needs stand in no task.
  std::map<std::string, std::vector<std::string>> cancelled = {};
  std::int64_t most_workers = 0;  // as of plan_figures()
};

PlanExamination examine_plan(const PlanToExamine& plan);

}  // namespace evener
