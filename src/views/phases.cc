#include "views/phases.h"

#include <map>
#include <set>

#include "core/conditions.h"

namespace evener {
namespace {

std::optional<Instant> if_known(Instant at) {
  return at == 0 ? std::nullopt : std::optional<Instant>(at);
}

// Locks that were taken by hand are no work.
std::vector<TaskIndex> running_tasks(const Pool& pool) {
  std::vector<TaskIndex> running;
  for (const auto& [task, lease] : pool.vitals().leases()) {
    if (!pool.state().task(task).is_lock) running.push_back(task);
  }
  return running;
}

using GatesByTask = std::map<TaskIndex, std::vector<GateIndex>>;

// Of the tasks, and of all above them: the phase and the gates of each by itself.
GatesByTask gates_of(const State& state, const std::vector<TaskIndex>& tasks) {
  GatesByTask gates;
  for (const TaskIndex task : tasks) {
    for (TaskIndex at = task; at != no_task; at = state.task(at).parent) {
      const auto [entry, is_new] = gates.try_emplace(at);
      if (!is_new) break;
      if (state.task(at).phase != no_gate) entry->second.push_back(state.task(at).phase);
    }
  }
  for (std::uint32_t i = 0; i < state.gates.size(); ++i) {
    if (state.gates[i].kind != Gate::Kind::gate) continue;
    for (const TaskIndex task : state.gates[i].tasks) {
      if (const auto found = gates.find(task); found != gates.end()) {
        found->second.push_back(GateIndex{i});
      }
    }
  }
  return gates;
}

// Of each phase and gate, how many tasks run that belong to it, by themselves or by a parent. Goes
// up from what runs, which is little beside all that may stand below a phase's tasks.
std::map<GateIndex, std::int64_t> running_by_gate(const Pool& pool) {
  std::map<GateIndex, std::int64_t> running;
  const State& state = pool.state();
  const std::vector<TaskIndex> tasks = running_tasks(pool);
  if (tasks.empty()) return running;
  const GatesByTask gates_by_task = gates_of(state, tasks);
  for (const TaskIndex task : tasks) {
    std::set<GateIndex> gates;
    for (TaskIndex at = task; at != no_task; at = state.task(at).parent) {
      const std::vector<GateIndex>& own = gates_by_task.at(at);
      gates.insert(own.begin(), own.end());
    }
    for (const GateIndex gate : gates) ++running[gate];
  }
  return running;
}

PhaseRow row_of(const Pool& pool, const Gate& gate, std::int64_t running) {
  const bool is_phase = gate.kind == Gate::Kind::phase;
  PhaseRow row{
      .id = gate.id,
      .title = gate.title(),
      .is_phase = is_phase,
      .tasks = std::ssize(gate.tasks),
      .over = std::ssize(gate.tasks) - static_cast<std::int64_t>(gate.open_tasks),
      .running = running,
      .after = gate.phase.after,
      .participants = is_phase ? gate.phase.participants : gate.gate.between,
      .approver = gate.approver(),
      .planned_start_ms = gate.phase.planned_start_ms,
      .planned_end_ms = gate.phase.planned_end_ms,
      .started_ms = if_known(gate.started_at)
  };
  if (gate.approved) {
    row.approved_by = gate.approved_by;
    row.approval_reason = gate.approval_reason;
  }
  if (gate.is_open) {
    row.state = GateState::open;
    row.opened_ms = if_known(gate.told_at);
    return row;
  }
  const Condition why = gate_condition(pool, gate);
  constexpr std::string_view which = "which ";
  row.waits = why.text.substr(which.size());
  row.remedy = why.remedy;
  row.state = gate.asks_for_approval() ? GateState::approval
              : gate.may_start()       ? GateState::begun
                                       : GateState::waiting;
  return row;
}

}  // namespace

PhaseListView phases_view(const Pool& pool) {
  PhaseListView view;
  std::map<GateIndex, std::int64_t> running = running_by_gate(pool);
  const std::vector<Gate>& gates = pool.state().gates;
  for (std::uint32_t i = 0; i < gates.size(); ++i) {
    if (gates[i].kind == Gate::Kind::undescribed) continue;
    view.phases.push_back(row_of(pool, gates[i], running[GateIndex{i}]));
  }
  return view;
}

}  // namespace evener
