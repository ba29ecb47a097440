// What people and workers want to themselves: paths, names, and roles that they lead. As the
// command line takes locks by hand (docs/locks.md, docs/messages.md), so do workers here.
#include <algorithm>

#include "globs.h"
#include "world.h"

namespace evener::sim {

namespace {

std::vector<std::string> some_paths(SeededNumbers& random) {
  const auto globs = random.below(6) == 0 ? absolute_globs() : relative_globs();
  std::vector<std::string> wishes;
  for (std::uint64_t left = 1 + random.below(2); left > 0; --left) {
    const std::string_view shared = random.below(3) == 0 ? "shared:" : "";
    wishes.push_back(fmt::format("{}{}", shared, globs[random.below(globs.size())]));
  }
  return wishes;
}

std::string led_role(SeededNumbers& random) {
  return random.below(2) == 0 ? "role:smith" : "role:scout";
}

std::string some_name_of_a_lock(SeededNumbers& random) {
  switch (random.below(4)) {
    case 0:
      return "crane*2";
    case 1:
      return "shared:db";
    case 2:
      return led_role(random);
    default:
      return "crane";
  }
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += ',';
    append_json_string(out, text);
  }
  return "[" + out + "]";
}

}  // namespace

// What a task touches, and for whom it is meant, beside what tasks of all scenarios want.
void World::claim_ground(TaskSpec& spec, SeededNumbers& random) {
  if (random.below(2) == 0) spec.paths = some_paths(random);
  if (random.below(6) == 0) spec.locks = {some_name_of_a_lock(random)};
  if (random.below(4) == 0) spec.assignee = led_role(random);
}

void World::move_ground(SeededNumbers& random) {
  EditTask command{.task = some_task(random)};
  switch (random.below(8)) {
    case 0:
      command.changes.text = R"({"paths":null,"locks":null})";
      break;
    case 1:
      command.changes.text =
          fmt::format(R"({{"locks":{}}})", json_list({some_name_of_a_lock(random)}));
      break;
    case 2: {
      const auto bad = unreadable_globs();
      const std::string path(bad[random.below(bad.size())]);
      command.changes.text = fmt::format(R"({{"paths":{}}})", json_list({path}));
      break;
    }
    case 3:
      command.changes.text = R"({"paths":["src/a.cc","/src/a.cc"]})";
      break;
    default:
      command.changes.text = fmt::format(R"({{"paths":{}}})", json_list(some_paths(random)));
  }
  order(std::move(command), random);
}

void World::mean_for_a_role(SeededNumbers& random) {
  EditTask command{.task = some_task(random)};
  command.changes.text = fmt::format(R"({{"assignee":"{}"}})", led_role(random));
  order(std::move(command), random);
}

// A task that only holds it, for a command of the worker's. If it is told which of its tasks it is
// for, what that holds is not in the way.
void World::hold_by_hand(std::size_t who, TaskSpec lock, SeededNumbers& random) {
  const Agent& agent = agents_[who];
  lock.id = fmt::format("lock{}", ++names_);
  lock.kind = lock_kind;
  lock.assignee = agent.name;
  Claim wish = some_claim(agent, random);
  wish.task = lock.id;
  say(who, {AddTasks{.tasks = {std::move(lock)}}, std::move(wish)}, random);
}

void World::take_lock(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (!who) return;
  TaskSpec lock;
  if (random.below(3) == 0) {
    lock.locks = {some_name_of_a_lock(random)};
  } else {
    lock.paths = some_paths(random);
  }
  const std::vector<Holding>& holds = agents_[*who].holds;
  if (!holds.empty() && random.below(3) == 0) lock.parent = holds.front().task;
  hold_by_hand(*who, std::move(lock), random);
}

void World::lead(SeededNumbers& random) {
  const auto who = some_agent(random);
  if (who) hold_by_hand(*who, {.locks = {led_role(random)}}, random);
}

// It could not be had at once: whoever wants it tries again, or gives up.
void World::try_lock_again(SeededNumbers& random) {
  for (const auto& [id, task] : witness_.tasks()) {
    if (!task.is_lock() || task.stage != "open" || random.below(2) == 0) continue;
    const auto who = std::ranges::find(agents_, task.spec.assignee, &Agent::name);
    if (who == agents_.end() || who->paused_until > clock_.true_ms()) continue;
    if (random.below(4) == 0) return order(Cancel{.task = id, .reason = "not waited for"}, random);
    Claim wish = some_claim(*who, random);
    wish.task = id;
    return say(static_cast<std::size_t>(who - agents_.begin()), {std::move(wish)}, random);
  }
}

// Whoever leads a role asks for work: any, or by name for what is meant for a role, theirs or not.
void World::claim_as_leader(SeededNumbers& random) {
  const std::size_t from = random.below(agents_.size());
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const std::size_t who = (from + i) % agents_.size();
    const Agent& agent = agents_[who];
    const TeamAccount& team = witness_.team();
    const bool leads = team.leads(agent.name, "role:smith") || team.leads(agent.name, "role:scout");
    if (!leads || agent.paused_until > clock_.true_ms()) continue;
    Claim wish = some_claim(agent, random);
    if (random.below(3) == 0) wish.wait_ms = static_cast<Millis>(random.below(5000));
    for (const auto& [id, task] : witness_.tasks()) {
      const bool is_for_a_role = task.spec.assignee.starts_with("role:");
      if (is_for_a_role && witness_.is_offered(task) && random.below(3) == 0) wish.task = id;
    }
    return say(who, {std::move(wish)}, random);
  }
}

// A role passes to another while there is work for it.
void World::stop_leading(SeededNumbers& random) {
  for (std::size_t who = 0; who < agents_.size(); ++who) {
    for (const Holding& holding : agents_[who].holds) {
      const auto task = witness_.tasks().find(holding.task);
      if (task == witness_.tasks().end() || !task->second.is_lock()) continue;
      Finish done{.task = holding.task, .worker = agents_[who].name, .fence = holding.fence};
      return say(who, {std::move(done)}, random);
    }
  }
}

}  // namespace evener::sim
