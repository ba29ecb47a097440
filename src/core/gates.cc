// Phases and gates in the pool: which are open, and what that lets start. Openness is derived from
// the tasks each time one of them is over or open again; the facts that tell of it (due.cc) are for
// those who watch.
#include <algorithm>

#include "core/pool.h"

namespace evener {

// ---- facts -------------------------------------------------------------------------------------

void Pool::apply_body(const PhaseSet& fact, const Fact&) {
  const GateIndex index = state_.intern_gate(fact.spec.id);
  unlink_after(index);
  Gate& phase = state_.gate(index);
  phase.kind = Gate::Kind::phase;
  phase.phase = fact.spec;
  link_after(index);
  settle(index);
  place_below(index);
}

void Pool::apply_body(const GateSet& fact, const Fact&) {
  const GateIndex index = state_.intern_gate(fact.spec.id);
  state_.gate(index).kind = Gate::Kind::gate;
  state_.gate(index).gate = fact.spec;
  set_gate_tasks(index);
  settle(index);
}

void Pool::apply_body(const GateApproved& fact, const Fact& whole) {
  const GateIndex index = state_.find_gate(fact.gate);
  CHECK(index != no_gate, "a fact names a gate that was never added");
  Gate& gate = state_.gate(index);
  gate.approved = true;
  gate.approved_by = fact.worker.empty() ? whole.by : fact.worker;
  gate.approval_reason = fact.reason;
  settle(index);
}

void Pool::apply_body(const GateOpened& fact, const Fact& whole) {
  const GateIndex index = state_.find_gate(fact.gate);
  CHECK(index != no_gate, "a fact names a gate that was never added");
  state_.gate(index).told_open = true;
  state_.gate(index).told_at = whole.at;
  settle(index);
}

void Pool::apply_body(const GateClosed& fact, const Fact& whole) {
  const GateIndex index = state_.find_gate(fact.gate);
  CHECK(index != no_gate, "a fact names a gate that was never added");
  state_.gate(index).told_open = false;
  state_.gate(index).told_at = whole.at;
  settle(index);
}

// ---- what follows ------------------------------------------------------------------------------

void Pool::link_phase(TaskIndex index) {
  const Task& task = state_.task(index);
  if (task.phase == no_gate) return;
  Gate& phase = state_.gate(task.phase);
  phase.tasks.push_back(index);
  if (is_over(task.stage)) return settle(task.phase);  // a phase without tasks waits for more
  count_over_in(task.phase, false);
}

void Pool::unlink_phase(TaskIndex index) {
  const Task& task = state_.task(index);
  if (task.phase == no_gate) return;
  Gate& phase = state_.gate(task.phase);
  phase.tasks.erase(std::find(phase.tasks.begin(), phase.tasks.end(), index));
  if (is_over(task.stage)) return settle(task.phase);
  count_over_in(task.phase, true);
}

void Pool::link_after(GateIndex index) {
  Gate& phase = state_.gate(index);
  phase.closed_before = 0;
  for (const std::string& id : phase.phase.after) {
    const GateIndex before = state_.find_gate(id);
    CHECK(before != no_gate, "a phase comes after a gate that was never added");
    state_.gate(before).followers.push_back(index);
    if (!state_.gate(before).is_open) ++phase.closed_before;
  }
}

void Pool::unlink_after(GateIndex index) {
  const Gate& phase = state_.gate(index);
  if (phase.kind != Gate::Kind::phase) return;
  for (const std::string& id : phase.phase.after) {
    std::vector<GateIndex>& followers = state_.gate(state_.find_gate(id)).followers;
    followers.erase(std::find(followers.begin(), followers.end(), index));
  }
}

// The tasks that a gate joins, and back.
void Pool::set_gate_tasks(GateIndex index) {
  Gate& gate = state_.gate(index);
  for (const TaskIndex task : gate.tasks) std::erase(joined_[task], index);
  gate.tasks.clear();
  gate.open_tasks = 0;
  for (const std::string& id : gate.gate.tasks) {
    const TaskIndex task = known_task(id);
    gate.tasks.push_back(task);
    joined_[task].push_back(index);
    if (!is_over(state_.task(task).stage)) ++gate.open_tasks;
  }
}

void Pool::count_over_in(GateIndex index, bool over) {
  state_.gate(index).open_tasks += over ? -1U : 1U;
  settle(index);
}

void Pool::count_over(TaskIndex index, bool over) {
  if (state_.task(index).phase != no_gate) count_over_in(state_.task(index).phase, over);
  if (joined_.empty()) return;
  const auto joined = joined_.find(index);
  if (joined == joined_.end()) return;
  for (const GateIndex gate : joined->second) count_over_in(gate, over);
}

// Whether the gate is open now; if that is news, phases behind it start or wait, and so on. An
// approval was for the work as it stood: a gate that closes must be approved again.
void Pool::settle(GateIndex index) {
  std::vector<GateIndex> queue{index};
  while (!queue.empty()) {
    const GateIndex at = queue.back();
    queue.pop_back();
    Gate& gate = state_.gate(at);
    const bool was_open = gate.is_open;
    gate.is_open = gate.kind != Gate::Kind::undescribed && gate.is_ready_for_approval() &&
                   (gate.approved || !gate.needs_approval());
    if (was_open && !gate.is_open) gate.approved = false;
    if (gate.is_open == gate.told_open) {
      turned_.erase(at);
    } else {
      turned_.insert(at);
    }
    if (gate.is_open == was_open) continue;
    for (const GateIndex follower : gate.followers) {
      Gate& phase = state_.gate(follower);
      phase.closed_before += gate.is_open ? -1U : 1U;
      if (phase.closed_before == (gate.is_open ? 0U : 1U)) place_below(follower);
      queue.push_back(follower);
    }
  }
}

// The tasks of a phase, and all below them, are placed anew.
void Pool::place_below(GateIndex phase) {
  if (is_adopting_) return;
  for (const TaskIndex task : state_.gate(phase).tasks) refresh_below(task);
}

void Pool::adopt_gates() {
  is_adopting_ = true;
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    const Task& task = state_.tasks[i];
    if (task.phase == no_gate) continue;
    Gate& phase = state_.gate(task.phase);
    phase.tasks.push_back(TaskIndex{i});
    if (!is_over(task.stage)) ++phase.open_tasks;
  }
  for (std::uint32_t i = 0; i < state_.gates.size(); ++i) {
    const GateIndex index{i};
    if (state_.gate(index).kind == Gate::Kind::phase) link_after(index);
    if (state_.gate(index).kind == Gate::Kind::gate) set_gate_tasks(index);
  }
  for (std::uint32_t i = 0; i < state_.gates.size(); ++i) settle(GateIndex{i});
  is_adopting_ = false;
}

}  // namespace evener
