#include "views/checks.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace evener {
namespace {

using Cancelled = std::map<std::string, std::vector<std::string>>;

// What is over, or only holds a lock, is no work. Needs of what is over are left out, and told
// apart where they are of what is cancelled.
std::vector<TaskSpec> tasks_to_check(const State& state, Cancelled& cancelled) {
  std::vector<TaskSpec> out;
  for (std::uint32_t i = 0; i < state.tasks.size(); ++i) {
    const Task& task = state.task(TaskIndex{i});
    if (is_over(task.stage) || task.is_lock) continue;
    TaskSpec& spec = out.emplace_back(spec_of(state, TaskIndex{i}));
    std::erase_if(spec.needs, [&](const Need& need) {
      const TaskIndex needed = state.find_task(need.task);
      const Stage stage = needed == no_task ? Stage::open : state.task(needed).stage;
      if (stage == Stage::cancelled) cancelled[need.task].push_back(spec.id);
      return is_over(stage);
    });
    if (task.parent != no_task && is_over(state.task(task.parent).stage)) {
      spec.parent.clear();
    }
  }
  return out;
}

std::int64_t count_to_check(const State& state) {
  std::int64_t count = 0;
  for (const Task& task : state.tasks) count += is_over(task.stage) || task.is_lock ? 0 : 1;
  return count;
}

}  // namespace

Result<PlanExamination> checks_view(const Pool& pool) {
  const State& state = pool.state();
  const std::int64_t count = count_to_check(state);
  if (count > most_tasks_checked) {
    return Error{
        "too_large",
        fmt::format(
            "{} tasks are open; more than {} are checked by: evener plan check",
            count,
            most_tasks_checked
        )
    };
  }
  Cancelled cancelled;
  const std::vector<TaskSpec> tasks = tasks_to_check(state, cancelled);
  std::vector<PhaseSpec> phases;
  std::vector<GateSpec> gates;
  for (const Gate& gate : state.gates) {
    if (gate.kind == Gate::Kind::phase) phases.push_back(gate.phase);
    if (gate.kind == Gate::Kind::gate) gates.push_back(gate.gate);
  }
  PlanToExamine question{
      .tasks = tasks,
      .phases = phases,
      .gates = gates,
      .settings = state.settings,
      .cancelled = std::move(cancelled)
  };
  for (const Worker& worker : state.workers) question.workers.push_back(worker.spec);
  for (const auto& [name, machine] : state.machines) question.machines.push_back(machine);
  for (const Task& task : state.tasks) question.elsewhere.insert(task.id);
  // Whether phases and gates are open is told where they are shown.
  for (const PhaseSpec& phase : phases) question.gates_known.insert(phase.id);
  for (const GateSpec& gate : gates) question.gates_known.insert(gate.id);
  for (const TaskSpec& task : tasks) question.gates_known.insert(task.phase);
  return examine_plan(question);
}

}  // namespace evener
