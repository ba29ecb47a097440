// What people do with one another: phases and gates, obstacles, messages, checklists, tasks that
// come again, machines, measures.
#include "world.h"

namespace evener::sim {

namespace {

constexpr std::uint64_t phases = 4;
constexpr std::uint64_t joins = 2;

std::string some_phase(SeededNumbers& random) {
  return fmt::format("p{}", random.below(phases));
}

std::string some_gate(SeededNumbers& random) {
  return random.below(3) == 0 ? fmt::format("g{}", random.below(joins)) : some_phase(random);
}

std::string some_role(SeededNumbers& random) {
  return random.below(2) == 0 ? "role:smith" : "role:scout";
}

}  // namespace

// By a worker under its own name, or by an operator.
void World::tell_pool(Command command, const std::string& worker, SeededNumbers& random) {
  auto letter = std::make_shared<Letter>();
  letter->author = {
      worker.empty() ? "rod" : worker, worker.empty() ? Scope::operate : Scope::worker
  };
  letter->requests.push_back({request_id(random), std::move(command)});
  send(letter);
}

// "" for nobody in particular.
std::string World::some_name(SeededNumbers& random) {
  return random.below(3) == 0 ? "" : agents_[random.below(agents_.size())].name;
}

// One, or all of them in a row.
void World::set_phase(SeededNumbers& random) {
  if (random.below(3) == 0) {
    for (std::uint64_t i = 0; i < phases; ++i) {
      PhaseSpec next{.id = fmt::format("p{}", i)};
      if (i > 0) next.after = {fmt::format("p{}", i - 1)};
      order(SetPhase{std::move(next)}, random);
    }
    return;
  }
  PhaseSpec spec{.id = some_phase(random), .title = "a stage of the work"};
  for (std::uint64_t left = random.below(3); left > 0; --left) {
    spec.after.push_back(some_gate(random));
  }
  if (random.below(3) == 0) spec.approver = random.below(2) == 0 ? some_role(random) : "w0";
  order(SetPhase{std::move(spec)}, random);
}

void World::set_gate(SeededNumbers& random) {
  GateSpec spec{.id = fmt::format("g{}", random.below(joins))};
  for (std::uint64_t left = 1 + random.below(3); left > 0; --left) {
    spec.tasks.push_back(some_task(random));
  }
  if (random.below(3) == 0) spec.approver = some_role(random);
  order(SetGate{std::move(spec)}, random);
}

void World::put_in_phase(SeededNumbers& random) {
  EditTask command{.task = some_task(random)};
  command.changes.text = random.below(4) == 0
                             ? R"({"phase":null})"
                             : fmt::format(R"({{"phase":"{}"}})", some_phase(random));
  order(std::move(command), random);
}

void World::approve(SeededNumbers& random) {
  const std::string worker = some_name(random);
  tell_pool(Approve{.gate = some_gate(random), .worker = worker}, worker, random);
}

void World::raise_blocker(SeededNumbers& random) {
  const std::string worker = some_name(random);
  RaiseBlocker command{.task = some_task(random), .text = "something is in the way"};
  command.severity = static_cast<Priority>(random.below(4));
  command.stops = static_cast<Stops>(random.below(3));
  if (random.below(2) == 0) command.owner = random.below(2) == 0 ? some_role(random) : "w0";
  tell_pool(std::move(command), worker, random);
}

void World::resolve_blocker(SeededNumbers& random) {
  const auto last = static_cast<std::uint64_t>(witness_.team().last_blocker());
  auto chosen = static_cast<BlockerId>(1 + random.below(last + 1));
  const auto open = witness_.team().blockers().lower_bound(chosen);
  if (open != witness_.team().blockers().end()) chosen = open->first;
  tell_pool(ResolveBlocker{.blocker = chosen}, some_name(random), random);
}

void World::send_message(SeededNumbers& random) {
  SendMessage command{.to = "everyone", .text = "something to know"};
  switch (random.below(5)) {
    case 0:
      command.to = agents_[random.below(agents_.size())].name;
      break;
    case 1:
      command.to = "task:" + some_task(random);
      break;
    case 2:
      command.to = some_role(random);
      break;
    case 3:
      command.to = "machine:m0";
      break;
    default:
      break;
  }
  command.urgent = random.below(4) == 0;
  const std::string worker = some_name(random);
  if (random.below(2) == 0) command.worker = worker;
  tell_pool(std::move(command), worker, random);
}

// What has reached the worker, or what has not.
void World::acknowledge(SeededNumbers& random) {
  Acknowledge command{.worker = agents_[random.below(agents_.size())].name};
  command.all = random.below(3) == 0;
  for (const auto& [id, message] : witness_.team().messages()) {
    const bool is_own = witness_.team().is_unread(id, command.worker) && random.below(2) == 0;
    if (!command.all && (is_own || random.below(50) == 0)) command.messages.push_back(id);
  }
  const std::string worker = command.worker;
  tell_pool(std::move(command), worker, random);
}

void World::follow(SeededNumbers& random) {
  const std::string worker = agents_[random.below(agents_.size())].name;
  FollowTask command{.task = some_task(random), .worker = worker, .stop = random.below(4) == 0};
  tell_pool(std::move(command), worker, random);
}

void World::tick(SeededNumbers& random) {
  TickCriterion command{.task = some_task(random), .criterion = 1, .done = random.below(4) != 0};
  tell_pool(std::move(command), some_name(random), random);
}

void World::set_schedule(SeededNumbers& random) {
  ScheduleSpec spec{.id = fmt::format("s{}", random.below(3))};
  spec.stopped = random.below(6) == 0;
  if (random.below(2) == 0) spec.every_ms = 1000 + static_cast<Millis>(random.below(20'000));
  switch (random.below(4)) {
    case 0:
      spec.on = {"task_done:t1*"};
      break;
    case 1:
      spec.on = {"gate_opened:" + some_gate(random)};
      break;
    case 2:
      spec.on = {"phase_opened:" + some_phase(random), "task_done:t2"};
      break;
    default:
      break;
  }
  spec.task.priority = static_cast<Priority>(random.below(4));
  if (random.below(4) == 0) spec.task.phase = some_phase(random);
  order(SetSchedule{std::move(spec)}, random);
}

void World::set_machine(SeededNumbers& random) {
  Machine machine{.name = "m0"};
  if (random.below(2) == 0) machine.gpus = {"A100"};
  if (random.below(2) == 0) machine.labels = {"linux"};
  tell_pool(SetMachine{std::move(machine)}, some_name(random), random);
}

void World::measure(SeededNumbers& random) {
  RecordMeasure command;
  command.name = fmt::format("m{}", random.below(2));
  command.value = Decimal{static_cast<std::int64_t>(random.below(7)) * Decimal::one};
  if (random.below(4) == 0) command.task = some_task(random);
  tell_pool(std::move(command), some_name(random), random);
}

void World::mark(SeededNumbers& random) {
  tell_pool(OpenChapter{.text = "so far"}, some_name(random), random);
}

}  // namespace evener::sim
