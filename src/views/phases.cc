#include "views/phases.h"

#include "core/conditions.h"

namespace evener {
namespace {

std::optional<Instant> if_known(Instant at) {
  return at == 0 ? std::nullopt : std::optional<Instant>(at);
}

PhaseRow row_of(const Pool& pool, const Gate& gate) {
  const State& state = pool.state();
  const bool is_phase = gate.kind == Gate::Kind::phase;
  PhaseRow row{
      .id = gate.id,
      .title = gate.title(),
      .is_phase = is_phase,
      .tasks = std::ssize(gate.tasks),
      .over = std::ssize(gate.tasks) - static_cast<std::int64_t>(gate.open_tasks),
      .after = gate.phase.after,
      .participants = is_phase ? gate.phase.participants : gate.gate.between,
      .approver = gate.approver(),
      .planned_start_ms = gate.phase.planned_start_ms,
      .planned_end_ms = gate.phase.planned_end_ms,
      .started_ms = if_known(gate.started_at)
  };
  for (const TaskIndex task : gate.tasks) {
    if (state.task(task).stage == Stage::running) ++row.running;
  }
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
  for (const Gate& gate : pool.state().gates) {
    if (gate.kind != Gate::Kind::undescribed) view.phases.push_back(row_of(pool, gate));
  }
  return view;
}

}  // namespace evener
