#include "core/outcome.h"

#include <set>

#include "core/handover.h"

namespace evener {
namespace {

void append_key(std::string& out, std::string_view key) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += key;
  out += "\":";
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
  append_key(out, key);
  append_json_string(out, value);
}

void append_number(std::string& out, std::string_view key, std::int64_t value) {
  append_key(out, key);
  append_json_int(out, value);
}

void append_task_state(std::string& out, const Pool& pool, const std::string& id) {
  append_text(out, "task", id);
  append_text(out, "state", name_of(pool.state_of(pool.state().find_task(id))));
}

void append_claim(std::string& out, const Pool& pool, const TaskClaimed& claim) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(claim.task);
  append_key(out, "task");
  append_spec(out, state, index);
  append_text(out, "worker", claim.worker);
  append_number(out, "fence", claim.fence.value);
  append_number(out, "attempt", claim.attempt);
  append_number(out, "lease_ms", claim.lease_ms);
  append_number(out, "expires", claim.expires);
  append_handover(out, state, index, claim.context_bytes);
  const TaskExtras* extras = state.find_extras(index);
  if (extras != nullptr && !extras->reason.empty()) {
    append_text(out, "last_reason", extras->reason);
  }
}

void append_gate(std::string& out, const Pool& pool, const std::string& id) {
  append_text(out, "gate", id);
  append_key(out, "open");
  out += pool.state().gate(pool.state().find_gate(id)).is_open ? "true" : "false";
}

// A gate behind which others work already may close again: whoever reopens a task is told which,
// and what rests on it.
void append_reopened(std::string& out, const Pool& pool, const std::string& id) {
  constexpr std::size_t most_told = 100;
  append_task_state(out, pool, id);
  const State& state = pool.state();
  std::vector<std::string> closed;
  std::vector<std::string> resting;
  for (const GateIndex index : pool.turned_gates()) {
    const Gate& gate = state.gate(index);
    if (gate.is_open) continue;
    closed.push_back(gate.id);
    for (const GateIndex follower : gate.followers) {
      for (const TaskIndex task : state.gate(follower).tasks) {
        const Stage stage = state.task(task).stage;
        if (stage != Stage::running && stage != Stage::done) continue;
        if (resting.size() < most_told) resting.push_back(state.task(task).id);
      }
    }
  }
  if (closed.empty()) return;
  append_key(out, "closed_gates");
  append_value(out, closed);
  append_key(out, "resting_on_them");
  append_value(out, resting);
}

struct AppendOutcome {
  std::string& out;
  const Pool& pool;

  void operator()(const TaskClaimed& fact) const { append_claim(out, pool, fact); }

  void operator()(const AttemptFailed& fact) const {
    append_task_state(out, pool, fact.task);
    if (fact.retry_at) append_number(out, "retry_at", *fact.retry_at);
  }

  void operator()(const LeaseRenewed& fact) const {
    append_task_state(out, pool, fact.task);
    append_number(out, "expires", fact.expires);
  }

  void operator()(const AttemptRevived& fact) const {
    append_task_state(out, pool, fact.task);
    append_number(out, "expires", fact.expires);
    append_key(out, "revived");
    out += "true";
  }

  void operator()(const TaskReopened& fact) const { append_reopened(out, pool, fact.task); }

  void operator()(const GateApproved& fact) const { append_gate(out, pool, fact.gate); }

  void operator()(const PhaseSet& fact) const { append_gate(out, pool, fact.spec.id); }

  void operator()(const GateSet& fact) const { append_gate(out, pool, fact.spec.id); }

  void operator()(const BlockerRaised& fact) const {
    append_task_state(out, pool, fact.task);
    append_number(out, "blocker", fact.blocker);
  }

  void operator()(const BlockerResolved& fact) const {
    append_task_state(out, pool, fact.task);
    append_number(out, "blocker", fact.blocker);
  }

  void operator()(const Measured& fact) const {
    const MeasureKey key{fact.name, fact.task, fact.phase};
    const Measure& measure = pool.state().records.measures.at(key);
    append_text(out, "measure", fact.name);
    if (measure.value) append_text(out, "value", format_decimal(*measure.value));
    if (measure.goal) append_text(out, "goal", format_decimal(*measure.goal));
    append_key(out, "reached");
    out += measure.is_reached() ? "true" : "false";
  }

  void operator()(const Marked& fact) const { append_number(out, "chapter", fact.chapter); }

  void operator()(const ScheduleSet& fact) const {
    append_text(out, "schedule", fact.spec.id);
    append_key(out, "stopped");
    out += fact.spec.stopped ? "true" : "false";
  }

  void operator()(const WorkerRegistered& fact) const {
    append_text(out, "worker", fact.spec.name);
  }

  void operator()(const WorkerDrained& fact) const { append_text(out, "worker", fact.worker); }

  void operator()(const NoteAdded& fact) const {
    if (!fact.task.empty()) append_text(out, "task", fact.task);
    if (!fact.worker.empty()) append_text(out, "worker", fact.worker);
  }

  template <typename Body>
  void operator()(const Body& fact) const {
    if constexpr (requires { fact.task; }) append_task_state(out, pool, fact.task);
  }
};

template <typename Body>
std::vector<std::string> ids_of(std::span<const FactBody> facts) {
  std::vector<std::string> ids;
  std::set<std::string_view> seen;
  for (const FactBody& fact : facts) {
    if (!std::holds_alternative<Body>(fact) || !seen.insert(task_of(fact)).second) continue;
    ids.emplace_back(task_of(fact));
  }
  return ids;
}

}  // namespace

void append_outcome(std::string& out, const Pool& pool, std::span<const FactBody> facts) {
  out += '{';
  if (facts.empty()) {
    append_key(out, "changed");
    out += "false";
  } else if (std::holds_alternative<TaskAdded>(facts.front()) ||
             std::holds_alternative<TaskEdited>(facts.front())) {
    append_key(out, "added");
    append_value(out, ids_of<TaskAdded>(facts));
    append_key(out, "changed");
    append_value(out, ids_of<TaskEdited>(facts));
  } else if (std::holds_alternative<TaskCancelled>(facts.front())) {
    append_task_state(out, pool, std::string(task_of(facts.front())));
    append_key(out, "cancelled");
    append_value(out, ids_of<TaskCancelled>(facts));
  } else {
    std::visit(AppendOutcome{out, pool}, facts.back());
  }
  out += '}';
}

void append_renewal(std::string& out, const Pool& pool, TaskIndex index) {
  out += '{';
  if (index != no_task) {
    append_task_state(out, pool, pool.state().task(index).id);
    append_number(out, "expires", pool.vitals().find(index)->expires);
  }
  out += '}';
}

}  // namespace evener
