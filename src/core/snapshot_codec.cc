#include "core/snapshot_codec.h"

#include "base/sha256.h"
#include "core/durations_codec.h"
#include "core/snapshot_bytes.h"
#include "core/snapshot_records.h"

namespace evener {
namespace {

constexpr std::string_view magic = "evener-state-7";

void encode_task(Encoder& out, const Task& task) {
  out.text(task.id);
  out.text(task.rest.view());
  out.number(static_cast<std::int64_t>(task.needs.size()));
  for (const NeedEdge& need : task.needs) {
    out.number(need.task.value);
    out.number(static_cast<std::int64_t>(need.until));
  }
  out.number(task.parent == no_task ? 0 : task.parent.value + 1LL);
  out.number(static_cast<std::int64_t>(task.stage));
  out.number(static_cast<std::int64_t>(task.priority));
  out.number((task.held ? 1 : 0) | (task.has_verify ? 2 : 0) | (task.is_lock ? 4 : 0));
  out.number(task.criteria);
  out.number(task.failures);
  out.number(task.attempts);
  out.number(task.capabilities.value);
  out.number(task.prefers.value);
  out.number(task.assignee.value);
  out.number(task.phase == no_gate ? 0 : task.phase.value + 1LL);
  out.number(task.locks.value);
  out.number(task.kind == no_kind ? 0 : task.kind.value + 1LL);
  out.number(task.worker == no_worker ? 0 : task.worker.value + 1LL);
  out.number(task.adder == no_worker ? 0 : task.adder.value + 1LL);
  out.number(task.assignee_delay);
  out.number(task.estimate);
  out.number(task.since);
  out.number(task.not_before);
  out.number(task.fence.value);
  out.number(task.last_fact.value);
}

// Needs may name tasks that stand further on: `tasks` is how many there will be.
void decode_task(Decoder& in, State& state, std::size_t tasks) {
  const bool is_kept = state.bytes != nullptr;
  const TaskIndex index = state.add_task(in.text());
  Task& task = state.task(index);
  const std::string_view rest = in.view();
  task.rest = is_kept ? KeptText::standing_in(rest) : KeptText(rest);
  const std::size_t needs = in.count();
  task.needs.reserve(needs);
  for (std::size_t i = 0; i < needs; ++i) {
    const TaskIndex needed{in.index(tasks)};
    task.needs.push_back({needed, static_cast<Until>(in.index(EnumNames<Until>::names.size()))});
  }
  const std::uint32_t parent = in.index(tasks + 1);
  if (parent > 0) task.parent = TaskIndex{parent - 1};
  task.stage = static_cast<Stage>(in.index(5));
  task.priority = static_cast<Priority>(in.index(EnumNames<Priority>::names.size()));
  const std::uint32_t flags = in.index(8);
  task.held = (flags & 1U) != 0;
  task.has_verify = (flags & 2U) != 0;
  task.is_lock = (flags & 4U) != 0;
  task.criteria = static_cast<std::uint8_t>(in.index(256));
  task.failures = in.index(UINT32_MAX);
  task.attempts = in.index(UINT32_MAX);
  task.capabilities = CapabilitySet{in.index(state.capability_sets())};
  task.prefers = CapabilitySet{in.index(state.capability_sets())};
  task.assignee = AssigneeIndex{in.index(state.assignees())};
  const std::uint32_t phase = in.index(state.gates.size() + 1);
  if (phase > 0) task.phase = GateIndex{phase - 1};
  task.locks = LockSet{in.index(state.lock_sets.size())};
  const std::uint32_t kind = in.index(state.durations.kinds().size() + 1);
  if (kind > 0) task.kind = KindIndex{kind - 1};
  const std::uint32_t worker = in.index(state.workers.size() + 1);
  if (worker > 0) task.worker = WorkerIndex{worker - 1};
  const std::uint32_t adder = in.index(state.workers.size() + 1);
  if (adder > 0) task.adder = WorkerIndex{adder - 1};
  task.assignee_delay = in.number();
  task.estimate = in.number();
  task.since = in.number();
  task.not_before = in.number();
  task.fence = Fence{in.number()};
  task.last_fact = Seq{in.number()};
}

void encode_health(Encoder& out, const WorkerHealth& health) {
  out.number(static_cast<std::int64_t>(health.failed.size()));
  for (const TaskIndex task : health.failed) out.number(task.value);
  out.number(health.times);
  out.number(health.until);
  out.text(health.reason);
  out.number(health.probe == no_task ? 0 : health.probe.value + 1LL);
  out.number(static_cast<std::int64_t>(health.news));
}

WorkerHealth decode_health(Decoder& in, std::size_t tasks) {
  WorkerHealth health;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    health.failed.push_back(TaskIndex{in.index(tasks)});
  }
  health.times = in.number();
  health.until = in.number();
  health.reason = in.text();
  const std::uint32_t probe = in.index(tasks + 1);
  if (probe > 0) health.probe = TaskIndex{probe - 1};
  health.news = static_cast<WorkerHealth::News>(in.index(3));
  return health;
}

void encode_worker(Encoder& out, const Worker& worker) {
  out.object(worker.spec);
  out.number((worker.draining ? 1 : 0) | (worker.lost ? 2 : 0));
  out.text(worker.drain_reason);
  out.number(worker.first_seen);
  out.number(worker.last_seen);
  out.number(worker.done);
  out.number(worker.failed);
  out.number(worker.released);
  out.number(worker.lapsed);
}

void decode_worker(Decoder& in, State& state) {
  const WorkerSpec spec = in.object<WorkerSpec>();
  const WorkerIndex index = state.add_worker(spec.name);
  state.describe(index, spec);
  Worker& worker = state.worker(index);
  const std::uint32_t flags = in.index(4);
  worker.draining = (flags & 1U) != 0;
  worker.lost = (flags & 2U) != 0;
  worker.drain_reason = in.text();
  worker.first_seen = in.number();
  worker.last_seen = in.number();
  worker.done = in.number();
  worker.failed = in.number();
  worker.released = in.number();
  worker.lapsed = in.number();
}

void encode_attempt(Encoder& out, const Attempt& attempt) {
  out.number(attempt.fence.value);
  out.number(attempt.worker.value);
  out.number(attempt.number);
  out.number(attempt.lease_ms);
  out.number(attempt.started);
  out.number(attempt.expires);
  out.number(attempt.lapsed ? 1 : 0);
  out.object(attempt.progress);
  DurationsCodec::encode(out, attempt.expected);
  out.number(attempt.held);
}

Attempt decode_attempt(Decoder& in, const State& state) {
  Attempt attempt;
  attempt.fence = Fence{in.number()};
  attempt.worker = WorkerIndex{in.index(state.workers.size())};
  attempt.number = in.number();
  attempt.lease_ms = in.number();
  attempt.started = in.number();
  attempt.expires = in.number();
  attempt.lapsed = in.index(2) == 1;
  attempt.progress = in.object<Progress>();
  attempt.expected = DurationsCodec::decode_expectation(in);
  attempt.held = in.number();
  return attempt;
}

void encode_extras(Encoder& out, const TaskExtras& extras) {
  out.number(static_cast<std::int64_t>(extras.ticked));
  out.number(static_cast<std::int64_t>(extras.findings.size()));
  for (const std::string& finding : extras.findings) out.text(finding);
  out.number(static_cast<std::int64_t>(extras.salvage.size()));
  for (const SalvageKept& salvage : extras.salvage) out.object(salvage);
  out.text(extras.reason);
  out.text(extras.result);
  out.number(extras.lapses);
  out.number(extras.lapses_in_a_row);
}

TaskExtras decode_extras(Decoder& in) {
  TaskExtras extras;
  extras.ticked = static_cast<std::uint64_t>(in.number());
  for (std::size_t left = in.count(); left > 0; --left) extras.findings.push_back(in.text());
  for (std::size_t left = in.count(); left > 0; --left) {
    extras.salvage.push_back(in.object<SalvageKept>());
  }
  extras.reason = in.text();
  extras.result = in.text();
  extras.lapses = in.index(UINT32_MAX);
  extras.lapses_in_a_row = in.index(UINT32_MAX);
  return extras;
}

void encode_gate(Encoder& out, const Gate& gate) {
  out.text(gate.id);
  out.number(static_cast<std::int64_t>(gate.kind));
  if (gate.kind == Gate::Kind::phase) out.object(gate.phase);
  if (gate.kind == Gate::Kind::gate) out.object(gate.gate);
  out.number((gate.approved ? 1 : 0) | (gate.told_open ? 2 : 0));
  out.text(gate.approved_by);
  out.text(gate.approval_reason);
  out.number(gate.started_at);
  out.number(gate.told_at);
}

void decode_gate(Decoder& in, State& state) {
  Gate& gate = state.gate(state.intern_gate(in.text()));
  gate.kind = static_cast<Gate::Kind>(in.index(3));
  if (gate.kind == Gate::Kind::phase) gate.phase = in.object<PhaseSpec>();
  if (gate.kind == Gate::Kind::gate) gate.gate = in.object<GateSpec>();
  const std::uint32_t flags = in.index(4);
  gate.approved = (flags & 1U) != 0;
  gate.told_open = (flags & 2U) != 0;
  gate.approved_by = in.text();
  gate.approval_reason = in.text();
  gate.started_at = in.number();
  gate.told_at = in.number();
}

void encode_blocker(Encoder& out, const Blocker& blocker) {
  out.number(blocker.task.value);
  out.text(blocker.text);
  out.number(static_cast<std::int64_t>(blocker.severity));
  out.number(static_cast<std::int64_t>(blocker.stops));
  out.text(blocker.owner);
  out.text(blocker.reporter);
  out.number(blocker.raised_at);
  out.number(blocker.level);
  out.number(blocker.escalated_at);
  out.text(blocker.asked);
}

Blocker decode_blocker(Decoder& in, std::size_t tasks) {
  Blocker blocker;
  blocker.task = TaskIndex{in.index(tasks)};
  blocker.text = in.text();
  blocker.severity = static_cast<Priority>(in.index(EnumNames<Priority>::names.size()));
  blocker.stops = static_cast<Stops>(in.index(EnumNames<Stops>::names.size()));
  blocker.owner = in.text();
  blocker.reporter = in.text();
  blocker.raised_at = in.number();
  blocker.level = in.number();
  blocker.escalated_at = in.number();
  blocker.asked = in.text();
  return blocker;
}

void encode_names(Encoder& out, const State& state) {
  out.number(static_cast<std::int64_t>(state.capability_sets()));
  for (std::uint32_t i = 0; i < state.capability_sets(); ++i) {
    const auto& names = state.capabilities(CapabilitySet{i});
    out.number(static_cast<std::int64_t>(names.size()));
    for (const std::string& name : names) out.text(name);
  }
  out.number(static_cast<std::int64_t>(state.assignees()));
  for (std::uint32_t i = 0; i < state.assignees(); ++i) out.text(state.assignee(AssigneeIndex{i}));
}

void decode_names(Decoder& in, State& state) {
  for (std::size_t sets = in.count(); sets > 0; --sets) {
    std::vector<std::string> names;
    for (std::size_t left = in.count(); left > 0; --left) names.push_back(in.text());
    state.intern_capabilities(std::move(names));
  }
  for (std::size_t left = in.count(); left > 0; --left) state.intern_assignee(in.text());
}

void encode_lock_sets(Encoder& out, const LockSets& sets) {
  const auto texts = [&](const std::vector<std::string>& list) {
    out.number(static_cast<std::int64_t>(list.size()));
    for (const std::string& text : list) out.text(text);
  };
  out.number(static_cast<std::int64_t>(sets.size()));
  for (std::uint32_t i = 0; i < sets.size(); ++i) {
    texts(sets.wishes(LockSet{i}).paths);
    texts(sets.wishes(LockSet{i}).locks);
  }
}

void decode_lock_sets(Decoder& in, LockSets& sets) {
  const auto texts = [&](std::vector<std::string>& list) {
    for (std::size_t left = in.count(); left > 0; --left) list.push_back(in.text());
  };
  for (std::size_t left = in.count(); left > 0; --left) {
    LockWishes wishes;
    texts(wishes.paths);
    texts(wishes.locks);
    sets.intern(std::move(wishes));
  }
}

// How many bytes a state will take, nearly; of a large one most are its tasks'.
std::size_t expected_size(const State& state) {
  constexpr std::size_t bytes_beside_tasks = 16UL * 1024;
  constexpr std::size_t bytes_of_numbers = 64;
  constexpr std::size_t bytes_of_a_need = 4;
  std::size_t size = bytes_beside_tasks;
  for (const Task& task : state.tasks) {
    size += task.id.size() + task.rest.view().size() + bytes_of_numbers +
            bytes_of_a_need * task.needs.size();
  }
  return size;
}

}  // namespace

std::string encode_state(const State& state) {
  Encoder out(expected_size(state));
  out.text(magic);
  out.text(state.pool);
  out.object(state.card);
  out.object(state.settings);
  out.number(state.last.value);
  out.number(state.log_time);
  out.number(state.last_fence.value);
  out.text(state.server);
  out.number(state.kept_by_server ? 1 : 0);
  encode_names(out, state);
  encode_lock_sets(out, state.lock_sets);
  DurationsCodec::encode(out, state.durations);
  out.number(static_cast<std::int64_t>(state.machines.size()));
  for (const auto& [name, machine] : state.machines) out.object(machine);
  out.number(static_cast<std::int64_t>(state.workers.size()));
  for (const Worker& worker : state.workers) encode_worker(out, worker);
  out.number(static_cast<std::int64_t>(state.gates.size()));
  for (const Gate& gate : state.gates) encode_gate(out, gate);
  out.number(static_cast<std::int64_t>(state.tasks.size()));
  for (const Task& task : state.tasks) encode_task(out, task);
  std::map<TaskIndex, const Attempt*> attempts;
  for (const auto& [task, attempt] : state.attempts) attempts.emplace(task, &attempt);
  out.number(static_cast<std::int64_t>(attempts.size()));
  for (const auto& [task, attempt] : attempts) {
    out.number(task.value);
    encode_attempt(out, *attempt);
  }
  out.number(static_cast<std::int64_t>(state.extras.size()));
  for (const auto& [task, extras] : state.extras) {
    out.number(task.value);
    encode_extras(out, extras);
  }
  out.number(state.last_blocker);
  out.number(static_cast<std::int64_t>(state.blockers.size()));
  for (const auto& [id, blocker] : state.blockers) {
    out.number(id);
    encode_blocker(out, blocker);
  }
  out.number(static_cast<std::int64_t>(state.deadlines.size()));
  for (const auto& [task, deadline] : state.deadlines) {
    out.number(task.value);
    out.number(deadline);
  }
  for (const Worker& worker : state.workers) {
    encode_health(out, worker.health);
    out.number(worker.last_done == no_task ? 0 : worker.last_done.value + 1LL);
  }
  encode_records(out, state);
  return out.take();
}

Status decode_state(std::string_view bytes, State& state, std::shared_ptr<const void> keeper) {
  Decoder in(bytes);
  state.bytes = std::move(keeper);
  if (in.text() != magic) return Error{"bad_snapshot", "a snapshot of another version"};
  state.pool = in.text();
  state.card = in.object<PoolCard>();
  state.settings = in.object<PoolSettings>();
  state.last = Seq{in.number()};
  state.log_time = in.number();
  state.last_fence = Fence{in.number()};
  state.server = in.text();
  state.kept_by_server = in.index(2) == 1;
  decode_names(in, state);
  decode_lock_sets(in, state.lock_sets);
  DurationsCodec::decode(in, state.durations);
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    Machine machine = in.object<Machine>();
    std::string name = machine.name;
    state.machines.emplace(std::move(name), std::move(machine));
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) decode_worker(in, state);
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) decode_gate(in, state);
  const std::size_t tasks = in.count();
  state.expect_tasks(tasks);
  for (std::size_t i = 0; i < tasks && in.ok(); ++i) decode_task(in, state, tasks);
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const TaskIndex task{in.index(tasks)};
    state.attempts[task] = decode_attempt(in, state);
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const TaskIndex task{in.index(tasks)};
    state.extras[task] = decode_extras(in);
  }
  state.last_blocker = in.number();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const BlockerId id = in.number();
    state.blockers[id] = decode_blocker(in, tasks);
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const TaskIndex task{in.index(tasks)};
    state.deadlines[task] = in.number();
  }
  for (Worker& worker : state.workers) {
    worker.health = decode_health(in, tasks);
    const std::uint32_t last_done = in.index(tasks + 1);
    if (last_done > 0) worker.last_done = TaskIndex{last_done - 1};
  }
  decode_records(in, state);
  if (!in.ok() || !in.at_end()) return Error{"bad_snapshot", "a snapshot that cannot be read"};
  return Done{};
}

std::string state_digest(const State& state) {
  return sha256_hex(encode_state(state));
}

}  // namespace evener
