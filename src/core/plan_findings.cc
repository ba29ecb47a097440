#include "core/plan_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/lock_wish.h"
#include "core/plan_finding_list.h"

namespace evener {
namespace {

// The command that takes one edge out of a cycle: the first that is a need.
std::string break_command(const PlanGraph& graph, const std::vector<PlanNode>& cycle) {
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const PlanNode needed = cycle[(i + 1) % cycle.size()];
    if (!graph.is_task(needed)) continue;
    const std::string& id = graph.name(cycle[i]);
    const PlanNode task = graph.find(id);
    if (task == no_node || graph.entry(task) != cycle[i]) continue;
    const std::vector<Need>& needs = graph.tasks()[task].needs;
    const bool is_need = std::any_of(needs.begin(), needs.end(), [&](const Need& need) {
      return need.task == graph.name(needed);
    });
    if (is_need) return fmt::format("evener edit {} --drop-need {}", id, graph.name(needed));
  }
  return "let one of them not come after the next";
}

void find_cycles(const PlanGraph& graph, FindingList& out) {
  for (const std::vector<PlanNode>& cycle : graph.cycles()) {
    std::vector<std::string> names;
    std::vector<std::string> tasks;
    std::set<std::string_view> seen;
    for (const PlanNode node : cycle) {
      const std::string& name = graph.name(node);
      if (names.empty() || names.back() != name) names.push_back(name);
      if (graph.find(name) != no_node && seen.insert(name).second) tasks.push_back(name);
    }
    if (names.size() == 1 || names.front() != names.back()) names.push_back(names.front());
    out.error(
        "cycle",
        std::move(tasks),
        fmt::format("each waits for the next, for ever: {}", fmt::join(names, " -> ")),
        break_command(graph, cycle)
    );
  }
}

// Needs that nothing will meet, or that ask for more than a pool waits for.
void find_unmet_needs(const PlanToExamine& plan, FindingList& out) {
  for (const auto& [id, tasks] : plan.cancelled) {
    out.error(
        "need_cancelled",
        tasks,
        fmt::format("{} is needed, and is cancelled", id),
        fmt::format("evener reopen {}, or: evener edit {} --drop-need {}", id, tasks.front(), id)
    );
  }
  for (const TaskSpec& task : plan.tasks) {
    for (const Need& need : task.needs) {
      if (need.until == Until::done) continue;
      out.warn(
          "need_until",
          {task.id},
          fmt::format(
              "{} needs {} until it is {}: it waits until that is done, and no longer",
              task.id,
              need.task,
              name_of(need.until)
          ),
          fmt::format("let {} need a task that is the acceptance of {}", task.id, need.task)
      );
    }
  }
}

}  // namespace

void find_broken_order(const PlanToExamine& plan, const PlanGraph& graph, FindingList& out) {
  std::map<std::string, std::vector<std::string>> needed_by;
  std::map<std::string, std::vector<std::string>> parent_of;
  for (PlanNode task = 0; task < graph.task_count(); ++task) {
    const TaskSpec& spec = plan.tasks[task];
    if (graph.find(spec.id) != task) {
      out.error("duplicate_id", {spec.id}, "a second task of this id", "give one of them another");
    }
    const auto is_missing = [&](const std::string& id) {
      return graph.find(id) == no_node && !plan.elsewhere.contains(id);
    };
    for (const Need& need : spec.needs) {
      if (is_missing(need.task)) needed_by[need.task].push_back(spec.id);
    }
    if (!spec.parent.empty() && is_missing(spec.parent)) parent_of[spec.parent].push_back(spec.id);
  }
  for (auto& [id, tasks] : needed_by) {
    std::string change = fmt::format("evener edit {} --drop-need {}", tasks.front(), id);
    out.error(
        "need_missing", std::move(tasks), fmt::format("{} is needed, and is not there", id), change
    );
  }
  for (auto& [id, tasks] : parent_of) {
    std::string change = fmt::format("evener edit {} --parent ''", tasks.front());
    out.error(
        "need_missing", std::move(tasks), fmt::format("the parent {} is not there", id), change
    );
  }
  find_cycles(graph, out);
}

// A phase that comes after one that is not there is refused; one without any task waits for
// somebody's approval, which whoever planned it may not know.
void find_closed_gates(const PlanToExamine& plan, FindingList& out) {
  std::map<std::string_view, std::vector<std::string>> phase_tasks;
  for (const TaskSpec& task : plan.tasks) phase_tasks[task.phase].push_back(task.id);
  std::map<std::string_view, bool> gates;  // and whether each opens by its tasks, or is approved
  for (const PhaseSpec& phase : plan.phases) {
    gates.emplace(phase.id, phase_tasks.contains(phase.id) || !phase.approver.empty());
  }
  for (const GateSpec& gate : plan.gates) {
    gates.emplace(gate.id, !gate.tasks.empty() || !gate.approver.empty());
  }
  for (const PhaseSpec& phase : plan.phases) {
    for (const std::string& id : phase.after) {
      const auto gate = gates.find(id);
      if (plan.gates_known.contains(id) || (gate != gates.end() && gate->second)) continue;
      const auto waiting = phase_tasks.find(phase.id);
      std::vector<std::string> tasks;
      if (waiting != phase_tasks.end()) tasks = waiting->second;
      if (gate == gates.end()) {
        out.error(
            "gate_missing",
            std::move(tasks),
            fmt::format("phase {} comes after {}, which is not there", phase.id, id),
            fmt::format("evener phase {}, or take it out of `after`", id)
        );
      } else {
        out.warn(
            "gate_empty",
            std::move(tasks),
            fmt::format("phase {} comes after {}, which has no tasks", phase.id, id),
            fmt::format("give it tasks; an operator may also say: evener approve {}", id)
        );
      }
    }
  }
}

void find_impossible_locks(const PlanToExamine& plan, FindingList& out) {
  const Capacities capacities = capacities_of(plan.settings);
  for (const TaskSpec& task : plan.tasks) {
    const Status sound = check_wishes(task, capacities, Path{});
    if (sound.ok()) continue;
    out.error(
        "lock_never",
        {task.id},
        sound.error().message,
        "wish for what there is, or say in the pool's resources how much there is"
    );
  }
}

PlanExamination examine_plan(const PlanToExamine& plan) {
  const PlanGraph graph(plan.tasks, plan.phases, plan.gates);
  FindingList list;
  PlanExamination out;
  find_broken_order(plan, graph, list);
  find_unmet_needs(plan, list);
  find_closed_gates(plan, list);
  find_impossible_locks(plan, list);
  find_missing_capabilities(plan, list);
  if (!graph.has_cycle()) {
    out.figures = plan_figures(graph, plan.settings, plan.most_workers);
    find_meeting_paths(graph, list);
    find_spare_needs(graph, list);
    find_unused_needs(graph, list);
    find_bottlenecks(graph, list);
    find_long_tasks(graph, *out.figures, list);
  }
  find_unsaid(graph, list);
  std::stable_sort(
      list.findings.begin(),
      list.findings.end(),
      [](const PlanFinding& a, const PlanFinding& b) { return a.severity < b.severity; }
  );
  for (const PlanFinding& finding : list.findings) {
    ++(finding.severity == PlanSeverity::error ? out.errors : out.warnings);
  }
  out.findings = std::move(list.findings);
  out.spare_needs = std::move(list.spare_needs);
  out.unfinished = std::move(list.unfinished);
  return out;
}

}  // namespace evener
