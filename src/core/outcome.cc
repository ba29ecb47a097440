#include "core/outcome.h"

#include <set>

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

// Stands in every answer to a claim or renewal, so that nobody has to ask for it.
void append_unread(std::string& out, const Pool& pool, WorkerIndex worker) {
  const UnreadCount unread = worker == no_worker ? UnreadCount{} : pool.unread().of(worker);
  append_number(out, "unread", unread.all);
  append_number(out, "urgent", unread.urgent);
}

void append_unread(std::string& out, const Pool& pool, const std::string& worker) {
  const State& state = pool.state();
  append_unread(out, pool, state.messages.live.empty() ? no_worker : state.find_worker(worker));
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
  append_unread(out, pool, claim.worker);
  const TaskExtras* extras = state.find_extras(index);
  if (extras == nullptr) return;
  if (!extras->findings.empty()) {
    append_key(out, "findings");
    std::vector<std::string> newest_first(extras->findings.rbegin(), extras->findings.rend());
    append_value(out, newest_first);
  }
  if (!extras->reason.empty()) append_text(out, "last_reason", extras->reason);
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
    append_unread(out, pool, fact.worker);
  }

  void operator()(const AttemptRevived& fact) const {
    append_task_state(out, pool, fact.task);
    append_number(out, "expires", fact.expires);
    append_key(out, "revived");
    out += "true";
    append_unread(out, pool, fact.worker);
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

  void operator()(const MessageSent& fact) const {
    append_number(out, "message", fact.message);
    append_text(out, "to", fact.to);
    append_number(out, "reaches", reached_by(fact));
  }

  void operator()(const MessageAcknowledged& fact) const {
    append_text(out, "worker", fact.worker);
    append_unread(out, pool, fact.worker);
  }

  void operator()(const TaskFollowed& fact) const {
    append_task_state(out, pool, fact.task);
    append_text(out, "worker", fact.worker);
    append_key(out, "follows");
    out += fact.stop ? "false" : "true";
  }

  // How many workers there are now whom it reaches, but for its sender.
  std::int64_t reached_by(const MessageSent& fact) const {
    if (!fact.recipients.empty()) return std::ssize(fact.recipients);
    const State& state = pool.state();
    const auto message = state.messages.live.find(fact.message);
    if (message == state.messages.live.end()) return 0;
    const auto members = static_cast<std::int64_t>(pool.unread().members(message->second.channel));
    const WorkerIndex sender = state.find_worker(fact.worker);
    const bool is_one = sender != no_worker && pool.unread().reaches(message->second, sender);
    return members - (is_one ? 1 : 0);
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

void append_renewal(std::string& out, const Pool& pool, WorkerIndex worker, TaskIndex index) {
  out += '{';
  if (index != no_task) {
    append_task_state(out, pool, pool.state().task(index).id);
    append_number(out, "expires", pool.vitals().find(index)->expires);
  }
  append_unread(out, pool, worker);
  out += '}';
}

}  // namespace evener
