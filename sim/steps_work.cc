// What workers do: honestly, late, twice, and not at all.
#include <algorithm>

#include "world.h"

namespace evener::sim {

namespace {

constexpr std::size_t letters_remembered = 6;

Millis drawn_lease(SeededNumbers& random, Millis longest) {
  return 200 + static_cast<Millis>(random.below(static_cast<std::uint64_t>(longest)));
}

}  // namespace

std::string World::request_id(SeededNumbers& random) {
  if (random.below(8) == 0) return "";
  return fmt::format("{}-{}", clock_.read().wall, ++ids_);
}

// Commands of one letter, each under a request id of its own.
void World::say(std::size_t worker, std::vector<Command> commands, SeededNumbers& random) {
  auto letter = std::make_shared<Letter>();
  letter->author = {.name = agents_[worker].name, .scope = Scope::worker};
  letter->worker = worker;
  for (Command& command : commands) {
    letter->requests.push_back({request_id(random), std::move(command)});
  }
  std::deque<LetterRef>& letters = agents_[worker].letters;
  letters.push_back(letter);
  if (letters.size() > letters_remembered) letters.pop_front();
  send(letter);
}

std::optional<std::size_t> World::some_agent(SeededNumbers& random) {
  const std::size_t chosen = random.below(agents_.size());
  if (agents_[chosen].paused_until > clock_.true_ms()) return std::nullopt;
  return chosen;
}

// The first from a random place on that holds something.
std::optional<std::size_t> World::some_holder(SeededNumbers& random) {
  const std::size_t from = random.below(agents_.size());
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const std::size_t at = (from + i) % agents_.size();
    const Agent& agent = agents_[at];
    if (!agent.holds.empty() && agent.paused_until <= clock_.true_ms()) return at;
  }
  return std::nullopt;
}

Claim World::some_claim(const Agent& agent, SeededNumbers& random) const {
  return {.worker = agent.name, .lease_ms = drawn_lease(random, mix_.longest_lease)};
}

void World::claim(SeededNumbers& random) {
  if (const auto who = some_agent(random)) say(*who, {some_claim(agents_[*who], random)}, random);
}

void World::claim_and_wait(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (!who) return;
  Claim wish = some_claim(agents_[*who], random);
  wish.wait_ms = 1 + static_cast<Millis>(random.below(random.below(2) == 0 ? 200 : 30'000));
  say(*who, {wish}, random);
}

void World::claim_named(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (!who) return;
  Claim wish = some_claim(agents_[*who], random);
  wish.task = some_task(random);
  say(*who, {wish}, random);
}

void World::renew(SeededNumbers& random) {
  const auto who = some_holder(random);
  if (!who) return;
  std::vector<Command> commands;
  for (const Holding& holding : agents_[*who].holds) {
    commands.emplace_back(
        Renew{.worker = agents_[*who].name, .task = holding.task, .fence = holding.fence}
    );
  }
  say(*who, std::move(commands), random);
}

void World::finish(SeededNumbers& random) {
  const auto who = some_holder(random);
  if (!who) return;
  const Agent& agent = agents_[*who];
  const Holding& holding = agent.holds[random.below(agent.holds.size())];
  Finish done{.task = holding.task, .worker = agent.name, .fence = holding.fence};
  done.result = fmt::format("result {}", random.below(1000));
  done.verify = evidence_for(holding.task);
  if (mix_.runners > 0 && random.below(8) == 0) done.verify = {.exit_code = 1};
  say(*who, {done}, random);
}

// That its verify command passed, if it has one.
Evidence World::evidence_for(const std::string& task) const {
  const auto known = witness_.tasks().find(task);
  if (known == witness_.tasks().end() || known->second.spec.verify.empty()) return {};
  return {.exit_code = 0};
}

void World::fail(SeededNumbers& random) {
  const auto who = some_holder(random);
  if (!who) return;
  const Agent& agent = agents_[*who];
  const Holding& holding = agent.holds[random.below(agent.holds.size())];
  Fail failed{.task = holding.task, .worker = agent.name, .fence = holding.fence};
  failed.reason = fmt::format("reason {}", random.below(1000));
  failed.final = random.below(4) == 0;
  say(*who, {failed}, random);
}

void World::release(SeededNumbers& random) {
  const auto who = some_holder(random);
  if (!who) return;
  const Agent& agent = agents_[*who];
  const Holding& holding = agent.holds[random.below(agent.holds.size())];
  Release back{.task = holding.task, .worker = agent.name, .fence = holding.fence};
  if (random.below(3) == 0) back.findings = {"what was found"};
  say(*who, {back}, random);
}

// All in one letter, as runners do: renew what is held, finish one, take the next.
void World::work_on(SeededNumbers& random) {
  const auto who = some_holder(random);
  if (!who) return;
  const Agent& agent = agents_[*who];
  std::vector<Command> commands;
  const std::size_t ends = random.below(agent.holds.size());
  for (std::size_t i = 0; i < agent.holds.size(); ++i) {
    const Holding& holding = agent.holds[i];
    if (i == ends) {
      commands.emplace_back(Finish{
          .task = holding.task,
          .worker = agent.name,
          .fence = holding.fence,
          .verify = evidence_for(holding.task)
      });
    } else {
      commands.emplace_back(
          Renew{.worker = agent.name, .task = holding.task, .fence = holding.fence}
      );
    }
  }
  commands.emplace_back(some_claim(agent, random));
  say(*who, std::move(commands), random);
}

// A fence that was never ours, or another's name.
void World::lie(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (!who) return;
  const Agent& agent = agents_[*who];
  const std::string task = some_task(random);
  const auto known = witness_.tasks().find(task);
  Fence fence{
      1 + static_cast<std::int64_t>(
              random.below(static_cast<std::uint64_t>(witness_.last_fence().value) + 3)
          )
  };
  if (known != witness_.tasks().end() && random.below(2) == 0 && known->second.fence.value > 0) {
    fence = known->second.fence;
  }
  switch (random.below(4)) {
    case 0:
      return say(*who, {Finish{.task = task, .worker = agent.name, .fence = fence}}, random);
    case 1:
      return say(*who, {Fail{.task = task, .worker = agent.name, .fence = fence}}, random);
    case 2:
      return say(*who, {Release{.task = task, .worker = agent.name, .fence = fence}}, random);
    default:
      return say(*who, {Renew{.worker = agent.name, .task = task, .fence = fence}}, random);
  }
}

// A result of what was let go of, or lost, long ago.
void World::be_late(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (!who || agents_[*who].held.empty()) return;
  const Agent& agent = agents_[*who];
  const Holding& holding = agent.held[random.below(agent.held.size())];
  if (random.below(3) == 0) {
    Fail failed{.task = holding.task, .worker = agent.name, .fence = holding.fence};
    failed.reason = fmt::format("late {}", random.below(3));
    return say(*who, {failed}, random);
  }
  Finish done{.task = holding.task, .worker = agent.name, .fence = holding.fence};
  done.result = fmt::format("late {}", random.below(3));
  say(*who, {done}, random);
}

void World::repeat(SeededNumbers& random) {
  const std::size_t who = random.below(agents_.size());
  const std::deque<LetterRef>& letters = agents_[who].letters;
  if (!letters.empty()) send(letters[random.below(letters.size())]);
}

// Another command under an id that was used.
void World::reuse_id(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (!who || agents_[*who].letters.empty()) return;
  const Letter& old = *agents_[*who].letters.front();
  auto letter = std::make_shared<Letter>();
  letter->author = old.author;
  letter->worker = who;
  letter->requests.push_back({old.requests.front().request_id, some_claim(agents_[*who], random)});
  send(letter);
}

void World::pause_worker(SeededNumbers& random) {
  const std::size_t who = random.below(agents_.size());
  const auto longest = static_cast<std::uint64_t>(3 * mix_.longest_lease);
  agents_[who].paused_until = clock_.true_ms() + static_cast<Millis>(random.below(longest));
}

// Its process is gone, with all that it knew of what it holds.
void World::vanish(SeededNumbers& random) {
  const auto who = some_holder(random);
  if (!who) return;
  Agent& agent = agents_[*who];
  agent.held.insert(agent.held.end(), agent.holds.begin(), agent.holds.end());
  agent.holds.clear();
}

void World::describe_worker(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (!who) return;
  WorkerSpec spec{.name = agents_[*who].name};
  if (random.below(2) == 0) spec.capabilities.emplace_back("gpu");
  if (random.below(2) == 0) spec.capabilities.emplace_back("linux");
  if (random.below(3) == 0) spec.role = "smith";
  spec.slots = 1 + static_cast<std::int64_t>(random.below(4));
  if (mix_.has_teams) {
    if (random.below(3) == 0) spec.machine = "m0";
    if (random.below(4) == 0) spec.role = "scout";
    if (random.below(4) == 0) spec.report_every_ms = static_cast<Millis>(random.below(20'000));
  }
  say(*who, {RegisterWorker{spec}}, random);
}

}  // namespace evener::sim
