#include "core/outcome.h"

#include <set>

#include "core/handover.h"
#include "model/capability.h"

namespace evener {
namespace {

// Members are appended as `,"key":value`; the brace takes the place of the first comma.
void close_object(std::string& out, std::size_t start) {
  if (out.size() == start) out += '{';
  out[start] = '{';
  out += '}';
}

// A state that the fact itself brought about.
void append_task_state(std::string& out, std::string_view id, TaskState state) {
  append_json_member(out, R"(,"task":)", id);
  append_json_member(out, R"(,"state":)", name_of(state));
}

// One that other things decide too: told as it is now.
void append_task_state(std::string& out, const Pool& pool, const std::string& id) {
  append_task_state(out, id, pool.state_of(pool.state().find_task(id)));
}

// Stands in every answer to a claim or renewal, so that nobody has to ask for it.
void append_unread(std::string& out, const Pool& pool, WorkerIndex worker) {
  const UnreadCount unread = worker == no_worker ? UnreadCount{} : pool.unread().of(worker);
  append_json_member(out, R"(,"unread":)", unread.all);
  append_json_member(out, R"(,"urgent":)", unread.urgent);
}

void append_unread(std::string& out, const Pool& pool, const std::string& worker) {
  const State& state = pool.state();
  append_unread(out, pool, state.messages.live.empty() ? no_worker : state.find_worker(worker));
}

// What the task prefers and the worker has not: it was taken for want of a better one.
void append_lacking(
    std::string& out, const State& state, TaskIndex task, const std::string& worker
) {
  const CapabilitySet prefers = state.task(task).prefers;
  const WorkerIndex taker = state.find_worker(worker);
  if (prefers == CapabilitySet{0} || taker == no_worker) return;
  const CapabilitySet offered = state.worker(taker).capabilities;
  if (state.covers(offered, prefers)) return;
  append_member(
      out,
      R"(,"lacks":)",
      lacking_capabilities(state.capabilities(offered), state.capabilities(prefers))
  );
}

void append_claim(std::string& out, const Pool& pool, const TaskClaimed& claim) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(claim.task);
  out += R"(,"task":)";
  append_spec(out, state, index);
  append_json_member(out, R"(,"worker":)", claim.worker);
  append_json_member(out, R"(,"fence":)", claim.fence.value);
  append_json_member(out, R"(,"attempt":)", claim.attempt);
  append_json_member(out, R"(,"lease_ms":)", claim.lease_ms);
  append_json_member(out, R"(,"expires":)", claim.expires);
  append_unread(out, pool, claim.worker);
  append_lacking(out, state, index, claim.worker);
  append_handover(out, state, index, claim.context_bytes);
  const TaskExtras* extras = state.find_extras(index);
  if (extras != nullptr && !extras->reason.empty()) {
    append_json_member(out, R"(,"last_reason":)", extras->reason);
  }
}

void append_gate(std::string& out, const Pool& pool, const std::string& id) {
  append_json_member(out, R"(,"gate":)", id);
  append_member(out, R"(,"open":)", pool.state().gate(pool.state().find_gate(id)).is_open);
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
  append_member(out, R"(,"closed_gates":)", closed);
  append_member(out, R"(,"resting_on_them":)", resting);
}

struct AppendOutcome {
  std::string& out;
  const Pool& pool;

  void operator()(const TaskClaimed& fact) const { append_claim(out, pool, fact); }

  void operator()(const AttemptFinished& fact) const {
    append_task_state(out, fact.task, TaskState::done);
  }

  void operator()(const AttemptFailed& fact) const {
    if (!fact.retry_at) return append_task_state(out, fact.task, TaskState::failed);
    append_task_state(out, pool, fact.task);
    append_json_member(out, R"(,"retry_at":)", *fact.retry_at);
  }

  void operator()(const LeaseRenewed& fact) const {
    append_task_state(out, fact.task, TaskState::running);
    append_json_member(out, R"(,"expires":)", fact.expires);
    append_unread(out, pool, fact.worker);
  }

  void operator()(const AttemptRevived& fact) const {
    append_task_state(out, fact.task, TaskState::running);
    append_json_member(out, R"(,"expires":)", fact.expires);
    append_member(out, R"(,"revived":)", true);
    append_unread(out, pool, fact.worker);
  }

  void operator()(const TaskReopened& fact) const { append_reopened(out, pool, fact.task); }

  void operator()(const GateApproved& fact) const { append_gate(out, pool, fact.gate); }

  void operator()(const PhaseSet& fact) const { append_gate(out, pool, fact.spec.id); }

  void operator()(const GateSet& fact) const { append_gate(out, pool, fact.spec.id); }

  void operator()(const BlockerRaised& fact) const {
    append_task_state(out, pool, fact.task);
    append_json_member(out, R"(,"blocker":)", fact.blocker);
  }

  void operator()(const BlockerResolved& fact) const {
    append_task_state(out, pool, fact.task);
    append_json_member(out, R"(,"blocker":)", fact.blocker);
  }

  void operator()(const MessageSent& fact) const {
    append_json_member(out, R"(,"message":)", fact.message);
    append_json_member(out, R"(,"to":)", fact.to);
    append_json_member(out, R"(,"reaches":)", reached_by(fact));
  }

  void operator()(const MessageAcknowledged& fact) const {
    append_json_member(out, R"(,"worker":)", fact.worker);
    append_unread(out, pool, fact.worker);
  }

  void operator()(const TaskFollowed& fact) const {
    append_task_state(out, pool, fact.task);
    append_json_member(out, R"(,"worker":)", fact.worker);
    append_member(out, R"(,"follows":)", !fact.stop);
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

  void operator()(const Measured& fact) const {
    const MeasureKey key{fact.name, fact.task, fact.phase};
    Measure measure = pool.state().records.measures.at(key);
    // What the fact left out is told as it is now.
    if (fact.value) measure.value = fact.value;
    if (fact.goal) measure.goal = fact.goal;
    if (fact.direction) measure.direction = fact.direction;
    append_json_member(out, R"(,"measure":)", fact.name);
    if (measure.value) append_json_member(out, R"(,"value":)", format_decimal(*measure.value));
    if (measure.goal) append_json_member(out, R"(,"goal":)", format_decimal(*measure.goal));
    append_member(out, R"(,"reached":)", measure.is_reached());
  }

  void operator()(const Marked& fact) const {
    append_json_member(out, R"(,"chapter":)", fact.chapter);
  }

  void operator()(const ScheduleSet& fact) const {
    append_json_member(out, R"(,"schedule":)", fact.spec.id);
    append_member(out, R"(,"stopped":)", fact.spec.stopped);
  }

  void operator()(const WorkerRegistered& fact) const {
    append_json_member(out, R"(,"worker":)", fact.spec.name);
  }

  void operator()(const WorkerDrained& fact) const {
    append_json_member(out, R"(,"worker":)", fact.worker);
  }

  void operator()(const WorkerReturned& fact) const {
    append_json_member(out, R"(,"worker":)", fact.worker);
  }

  void operator()(const MachineSet& fact) const {
    append_json_member(out, R"(,"machine":)", fact.spec.name);
  }

  void operator()(const NoteAdded& fact) const {
    if (!fact.task.empty()) append_json_member(out, R"(,"task":)", fact.task);
    if (!fact.worker.empty()) append_json_member(out, R"(,"worker":)", fact.worker);
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
  const std::size_t start = out.size();
  if (facts.empty()) {
    append_member(out, R"(,"changed":)", false);
  } else if (std::holds_alternative<TaskAdded>(facts.front()) ||
             std::holds_alternative<TaskEdited>(facts.front())) {
    append_member(out, R"(,"added":)", ids_of<TaskAdded>(facts));
    append_member(out, R"(,"changed":)", ids_of<TaskEdited>(facts));
  } else if (std::holds_alternative<TaskCancelled>(facts.front())) {
    append_task_state(out, task_of(facts.front()), TaskState::cancelled);
    append_member(out, R"(,"cancelled":)", ids_of<TaskCancelled>(facts));
  } else {
    std::visit(AppendOutcome{out, pool}, facts.back());
  }
  close_object(out, start);
}

void append_renewal(std::string& out, const Pool& pool, WorkerIndex worker, TaskIndex index) {
  const std::size_t start = out.size();
  if (index != no_task) {
    append_task_state(out, pool, pool.state().task(index).id);
    append_json_member(out, R"(,"expires":)", pool.vitals().find(index)->expires);
  }
  append_unread(out, pool, worker);
  close_object(out, start);
}

}  // namespace evener
