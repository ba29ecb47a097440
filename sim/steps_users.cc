// What people do: they plan, change their minds, and try what they may not.
#include "world.h"

namespace evener::sim {

namespace {

constexpr std::size_t tasks_per_command = 200;

const Author& operator_of_the_pool() {
  static const Author rod{"rod", Scope::operate};
  return rod;
}

}  // namespace

void World::order(Command command, SeededNumbers& random) {
  auto letter = std::make_shared<Letter>();
  letter->author = operator_of_the_pool();
  letter->requests.push_back({request_id(random), std::move(command)});
  send(letter);
}

std::string World::some_task(SeededNumbers& random) {
  return fmt::format("t{}", random.below(static_cast<std::uint64_t>(mix_.tasks)));
}

TaskSpec World::some_spec(SeededNumbers& random) {
  TaskSpec spec{.id = some_task(random)};
  if (random.below(2) == 0) spec.title = "something to do";
  const std::uint64_t needs = random.below(2) == 0 ? 0 : random.below(3);
  for (std::uint64_t i = 0; i < needs; ++i) spec.needs.push_back({some_task(random)});
  if (random.below(8) == 0) spec.parent = some_task(random);
  spec.priority = static_cast<Priority>(random.below(4));
  if (random.below(5) == 0) spec.capabilities = {random.below(2) == 0 ? "gpu" : "linux"};
  if (random.below(8) == 0) {
    const std::string worker = agents_[random.below(agents_.size())].name;
    spec.assignee = random.below(2) == 0 ? "role:smith" : worker;
    if (random.below(2) == 0) spec.assignee_delay_ms = static_cast<Millis>(random.below(10'000));
  }
  if (random.below(6) == 0) {
    spec.locks = {random.below(2) == 0 ? "db" : random.below(2) == 0 ? "shared:db" : "port:5432"};
  }
  if (random.below(4) == 0) spec.retries = static_cast<std::int64_t>(random.below(3));
  if (random.below(3) == 0) spec.estimate_ms = static_cast<Millis>(random.below(600'000));
  if (mix_.runners > 0 && random.below(4) == 0) spec.verify = "make check";
  if (mix_.has_territory) claim_ground(spec, random);
  if (!mix_.has_teams) return spec;
  if (random.below(3) == 0) spec.phase = fmt::format("p{}", random.below(4));
  // Of one task always the same.
  if (spec.id.ends_with('3')) spec.criteria = {"it was looked at"};
  if (spec.id.ends_with('5')) spec.criteria = {"m0 <= 3"};
  return spec;
}

void World::add(SeededNumbers& random) {
  AddTasks command;
  for (std::uint64_t left = 1 + random.below(4); left > 0; --left) {
    command.tasks.push_back(some_spec(random));
  }
  command.update = random.below(3) == 0;
  order(std::move(command), random);
}

// Each needs the one before it.
void World::add_chain(SeededNumbers& random) {
  const std::size_t length = mix_.scenario->large ? 10'000 : 5 + random.below(10);
  const std::uint64_t name = ++names_;
  auto letter = std::make_shared<Letter>();
  letter->author = operator_of_the_pool();
  for (std::size_t i = 0; i < length; ++i) {
    if (i % tasks_per_command == 0) {
      letter->requests.push_back({request_id(random), AddTasks{}});
    }
    TaskSpec spec{.id = fmt::format("chain{}-{}", name, i)};
    if (i > 0) spec.needs.push_back({fmt::format("chain{}-{}", name, i - 1)});
    std::get<AddTasks>(letter->requests.back().command).tasks.push_back(std::move(spec));
  }
  send(letter);
}

// All need the first, and the last needs the newest of them.
void World::add_fan(SeededNumbers& random) {
  const std::size_t width = mix_.scenario->large ? 10'000 : 5 + random.below(20);
  const std::uint64_t name = ++names_;
  auto letter = std::make_shared<Letter>();
  letter->author = operator_of_the_pool();
  for (std::size_t i = 0; i <= width; ++i) {
    if (i % tasks_per_command == 0) {
      letter->requests.push_back({request_id(random), AddTasks{}});
    }
    TaskSpec spec{.id = fmt::format("fan{}-{}", name, i)};
    if (i > 0) spec.needs.push_back({fmt::format("fan{}-0", name)});
    if (i == width && width > 1) spec.needs.push_back({fmt::format("fan{}-{}", name, width - 1)});
    std::get<AddTasks>(letter->requests.back().command).tasks.push_back(std::move(spec));
  }
  send(letter);
}

void World::edit(SeededNumbers& random) {
  EditTask command{.task = some_task(random)};
  switch (random.below(5)) {
    case 0:
      command.changes.text = R"({"priority":"urgent"})";
      break;
    case 1:
      command.changes.text = R"({"requires":["gpu"]})";
      break;
    case 2:
      command.changes.text = R"({"requires":null,"assignee":null})";
      break;
    case 3:
      command.changes.text = fmt::format(R"({{"parent":"{}"}})", some_task(random));
      break;
    default:
      command.changes.text = R"({"parent":null,"locks":["db"]})";
  }
  order(std::move(command), random);
}

void World::change_needs(SeededNumbers& random) {
  EditTask command{.task = some_task(random)};
  const auto known = witness_.tasks().find(command.task);
  if (known != witness_.tasks().end() && !known->second.spec.needs.empty() &&
      random.below(2) == 0) {
    const auto& needs = known->second.spec.needs;
    command.drop_needs.push_back(needs[random.below(needs.size())].task);
  } else {
    command.add_needs.push_back({some_task(random)});
  }
  order(std::move(command), random);
}

// Three that would wait for one another.
void World::offer_cycle(SeededNumbers& random) {
  AddTasks command{.update = true};
  const std::uint64_t name = ++names_;
  for (int i = 0; i < 3; ++i) {
    TaskSpec spec{.id = fmt::format("cycle{}-{}", name, i)};
    spec.needs.push_back({fmt::format("cycle{}-{}", name, (i + 1) % 3)});
    command.tasks.push_back(std::move(spec));
  }
  if (random.below(2) == 0) {
    command.tasks.back().needs = {{some_task(random)}};
    command.tasks.front().parent = some_task(random);
  }
  order(std::move(command), random);
}

void World::cancel(SeededNumbers& random) {
  order(Cancel{.task = some_task(random), .reason = "enough"}, random);
}

void World::hold(SeededNumbers& random) {
  order(Hold{.task = some_task(random)}, random);
}

void World::resume(SeededNumbers& random) {
  for (const auto& [id, task] : witness_.tasks()) {
    if (task.held && random.below(2) == 0) return order(Resume{.task = id}, random);
  }
  order(Resume{.task = some_task(random)}, random);
}

void World::reopen(SeededNumbers& random) {
  order(Reopen{.task = some_task(random)}, random);
}

void World::drain(SeededNumbers& random) {
  const std::string& worker = agents_[random.below(agents_.size())].name;
  order(DrainWorker{.worker = worker, .draining = random.below(2) == 0}, random);
}

void World::configure(SeededNumbers& random) {
  PoolSettings settings{.backoff_ms = 100, .backoff_cap_ms = 5000};
  if (random.below(2) == 0) settings.age_limit_ms = 1 + static_cast<Millis>(random.below(60'000));
  settings.retries = static_cast<std::int64_t>(random.below(4));
  settings.lapse_limit = static_cast<std::int64_t>(random.below(4));
  settings.learn = random.below(2) == 0;
  if (mix_.has_territory) settings.resources = {"crane=2"};
  if (mix_.has_teams) {
    settings.fail_limit = static_cast<std::int64_t>(random.below(4));
    settings.escalate_ms = static_cast<Millis>(random.below(3) * 2000);
    settings.escalate_to = {"w0", "role:smith"};
    settings.report_every_ms = static_cast<Millis>(random.below(2) * 20'000);
    settings.message_days = 1;
  }
  order(Configure{.settings = settings}, random);
}

// A worker's token, or one that may only read, for what takes more.
void World::exceed_scope(SeededNumbers& random) {
  auto letter = std::make_shared<Letter>();
  const bool reads = random.below(2) == 0;
  letter->author = {reads ? "guest" : "w0", reads ? Scope::read : Scope::worker};
  Command command = Cancel{.task = some_task(random)};
  if (random.below(2) == 0) command = Hold{.task = some_task(random)};
  if (reads && random.below(2) == 0) command = AddTasks{.tasks = {some_spec(random)}};
  if (mix_.has_teams && random.below(2) == 0) {
    command = SetPhase{{.id = "p0", .title = "taken over"}};
    if (reads && random.below(2) == 0) command = SendMessage{.to = "everyone", .text = "heard"};
  }
  letter->requests.push_back({request_id(random), std::move(command)});
  send(letter);
}

void World::note(SeededNumbers& random) {
  order(AddNote{.task = some_task(random), .text = "seen", .finding = true}, random);
}

}  // namespace evener::sim
