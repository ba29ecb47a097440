// A run from its first step to its last, the passing of time, and the network.
#include "world.h"

#include <algorithm>

#include "base/sha256.h"
#include "core/pool.h"
#include "disk_vfs.h"

namespace evener::sim {

World::World(const Mix& mix, bool traces)
    : mix_(mix), traces_(traces), chance_(mix.seed ^ 0x5eedULL), replayed_(new Pool()) {
  use_disk(disk_);
  seed_sqlite(mix.seed);
  clock_.drift(mix.drift_ppm);
  clock_.say_synchronised(mix.seed % 3 == 0);
  witness_.tolerate_drift(std::abs(mix.drift_ppm));
  if (mix.scenario->large) witness_.keep_no_order();
  by_file_ = mix.without_server;
  for (int i = 0; i < mix.workers; ++i) agents_.push_back({.name = fmt::format("w{}", i)});
  for (int i = 0; i < mix.runners; ++i) runners_.push_back({.name = fmt::format("r{}", i)});
}

World::~World() {
  disk_.die();
  file_.reset();
}

RunResult World::run(const std::vector<std::size_t>* kept) {
  constexpr std::uint64_t steps_between_checks = 20;
  if (create_pool() && !by_file_) start();
  const std::size_t count = kept != nullptr ? kept->size() : mix_.steps.size();
  for (std::size_t i = 0; i < count && !breaches_.first(); ++i) {
    const std::size_t number = kept != nullptr ? (*kept)[i] : i;
    const Step& step = mix_.steps[number];
    SeededNumbers random(step.seed);
    tell("-- step {}: {}", number, step.kind->name);
    (this->*step.kind->act)(random);
    pass(static_cast<Millis>(random.below(static_cast<std::uint64_t>(mix_.pause) + 1)));
    ++counts_.steps;
    if (counts_.steps % steps_between_checks == 0) check_deeply();
  }
  if (!breaches_.first()) finish_everything();
  counts_.facts = witness_.facts().size();
  counts_.answers = witness_.answers_checked();
  std::string all;
  for (const std::string& fact : witness_.facts()) all += fact;
  return {
      .breach = breaches_.first(),
      .counts = counts_,
      .trace = {trace_.begin(), trace_.end()},
      .digest = sha256_hex(all)
  };
}

RunResult run(const Mix& mix, const std::vector<std::size_t>* kept, bool traces) {
  return World(mix, traces).run(kept);
}

// ---- time --------------------------------------------------------------------------------------

void World::at(Millis delay, std::function<void()> event) {
  events_.emplace(std::pair(clock_.true_ms() + delay, ++events_ever_), std::move(event));
}

// The process looks up at least this often.
constexpr Millis longest_pause_ms = 250;

void World::pass(Millis time) {
  const Millis end = clock_.true_ms() + time;
  while (!breaches_.first()) {
    serve();
    const Millis now = clock_.true_ms();
    Millis next = std::min(end, now + longest_pause_ms);
    if (file_ != nullptr && frozen_until_ <= now) {
      const Instant deadline = file_->engine().next_deadline();
      if (deadline != 0) {
        next = std::min(next, now + std::max<Millis>(1, deadline - file_->engine().now()));
      }
    }
    if (!events_.empty()) next = std::min(next, events_.begin()->first.first);
    next = std::min(next, end);
    clock_.pass(std::max<Millis>(0, next - now));
    while (!events_.empty() && events_.begin()->first.first <= clock_.true_ms()) {
      const std::function<void()> event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      event();
    }
    if (clock_.true_ms() >= end) return serve();
  }
}

// ---- the network -------------------------------------------------------------------------------

void World::send(const LetterRef& letter) {
  const Millis now = clock_.true_ms();
  if (letter->first_sent < 0) letter->first_sent = now;
  if (now < requests_cut_until_) return;
  const auto drawn = [&](std::int64_t per_mille) {
    return !is_calm_ && static_cast<std::int64_t>(chance_.below(1000)) < per_mille;
  };
  if (drawn(mix_.lost)) return tell("   lost on its way");
  for (int copies = drawn(mix_.doubled) ? 2 : 1; copies > 0; --copies) {
    const auto span = static_cast<std::uint64_t>(is_calm_ ? 1 : mix_.most_delay + 1);
    at(static_cast<Millis>(chance_.below(span)), [this, letter, connection = connection_] {
      if (connection == connection_) deliver(letter);
    });
  }
}

void World::deliver(const LetterRef& letter) {
  const Millis now = clock_.true_ms();
  if (now < frozen_until_) {
    return at(frozen_until_ - now, [this, letter, connection = connection_] {
      if (connection == connection_) deliver(letter);
    });
  }
  if (file_ != nullptr) {
    submit(letter, ++last_tag_);
    serve();
  } else if (by_file_) {
    call_file(letter);
  }
}

void World::answer(const LetterRef& letter, const std::vector<Answer>& answers) {
  const auto drawn = [&](std::int64_t per_mille) {
    return !is_calm_ && static_cast<std::int64_t>(chance_.below(1000)) < per_mille;
  };
  if (clock_.true_ms() < replies_cut_until_ || drawn(mix_.lost)) {
    return tell("   its answer is lost");
  }
  const auto span = static_cast<std::uint64_t>(is_calm_ ? 1 : mix_.most_delay + 1);
  at(static_cast<Millis>(chance_.below(span)), [this, letter, answers, connection = connection_] {
    if (connection != connection_ || letter->is_answered) return;
    letter->is_answered = true;
    if (letter->heard) letter->heard(answers);
    if (letter->worker) hear(agents_[*letter->worker], *letter, answers);
  });
}

// A worker learns what it holds and what it does not hold any more.
void World::hear(Agent& agent, const Letter& letter, const std::vector<Answer>& answers) {
  const auto lets_go = [&](const std::string& task, Fence fence) {
    std::erase_if(agent.holds, [&](const Holding& holding) {
      if (holding.task != task || holding.fence != fence) return false;
      agent.held.push_back(holding);
      return true;
    });
  };
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Command& command = letter.requests[i].command;
    const Answer& answer = answers[i];
    const std::string code = answer.refusal ? answer.refusal->code : "";
    const bool is_over = answer.ok || code == "stale_fence" || code == "attempt_over";
    if (const auto* claim = std::get_if<Claim>(&command); claim != nullptr && answer.ok) {
      const Result<Json> result = parse_json(answer.result.text);
      const auto& members = result->get_object();
      if (members.if_contains("fence") == nullptr) continue;
      agent.holds.push_back(
          {.task = std::string(members.at("task").at("id").as_string()),
           .fence = Fence{members.at("fence").as_int64()},
           .lease_ms = claim->lease_ms}
      );
    } else if (const auto* finish = std::get_if<Finish>(&command); finish != nullptr && is_over) {
      lets_go(finish->task, finish->fence);
    } else if (const auto* fail = std::get_if<Fail>(&command); fail != nullptr && is_over) {
      lets_go(fail->task, fail->fence);
    } else if (const auto* release = std::get_if<Release>(&command);
               release != nullptr && is_over) {
      lets_go(release->task, release->fence);
    } else if (const auto* renew = std::get_if<Renew>(&command);
               renew != nullptr && !answer.ok && is_over) {
      lets_go(renew->task, renew->fence);
    }
  }
}

// ---- the end -----------------------------------------------------------------------------------

bool World::is_all_done() const {
  const auto& tasks = witness_.tasks();
  return are_runners_idle() && std::none_of(tasks.begin(), tasks.end(), [&](const auto& entry) {
           return entry.second.stage == "running" || witness_.is_offered(entry.second);
         });
}

std::int64_t World::count_offered() const {
  const auto& tasks = witness_.tasks();
  return std::count_if(tasks.begin(), tasks.end(), [&](const auto& entry) {
    return witness_.is_offered(entry.second);
  });
}

// The faults are over. Everything that anybody may start must get done, in bounded time.
void World::finish_everything() {
  tell("== the faults end");
  is_calm_ = true;
  disk_.calm_down();
  clock_.suspend(false);
  frozen_until_ = requests_cut_until_ = replies_cut_until_ = 0;
  ++connection_;
  calm_runners();
  if (by_file_ || file_ == nullptr) {
    by_file_ = false;
    start();
  }
  pass(mix_.most_flush);
  // An append that was under way may have failed, and the process with it.
  constexpr int most_seconds = 60;
  for (int i = 0; i < most_seconds && file_ == nullptr; ++i) pass(1000);
  for (const char* name : {"h0", "h1"}) agents_.push_back({.name = name});
  SeededNumbers random(mix_.seed);
  employ_helpers(random);
  std::size_t known_facts = 0;
  std::size_t most_rounds = 400 + 2 * witness_.tasks().size();
  while (!breaches_.first() && most_rounds-- > 0) {
    if (is_all_done() || most_rounds % 64 == 0) {
      const std::size_t facts_before = witness_.facts().size();
      help_along();
      if (is_all_done() && witness_.facts().size() == facts_before) break;
    }
    for (std::size_t i = agents_.size() - 2; i < agents_.size(); ++i) {
      std::vector<Command> commands;
      for (const Holding& holding : agents_[i].holds) {
        commands.emplace_back(Finish{
            .task = holding.task,
            .worker = agents_[i].name,
            .fence = holding.fence,
            .verify = evidence_for(holding.task)
        });
      }
      for (std::int64_t left = std::min<std::int64_t>(8, count_offered()); left > 0; --left) {
        commands.emplace_back(Claim{.worker = agents_[i].name, .lease_ms = 30'000});
      }
      if (commands.empty()) continue;
      say(i, std::move(commands), random);
    }
    const bool stands_still = most_rounds % 8 == 0 && witness_.facts().size() == known_facts;
    if (most_rounds % 8 == 0) known_facts = witness_.facts().size();
    if (stands_still) help_along();
    pass(stands_still ? 30'000 : 1);
  }
  if (!breaches_.first() && !is_all_done()) {
    for (const auto& [id, task] : witness_.tasks()) {
      if (task.stage != "running" && !witness_.is_offered(task)) continue;
      breaches_.broke(6, fmt::format("{} is {}, and nobody gets to finish it", id, task.stage));
    }
  }
  breaches_.require(are_runners_idle(), 6, "a runner never ends an attempt");
  check_deeply();
}

// The last two agents. Their first word may be lost with a process that had a failed append under
// way; their claims alone would make workers of them that can do nothing.
void World::employ_helpers(SeededNumbers& random) {
  for (std::size_t i = agents_.size() - 2; i < agents_.size(); ++i) {
    const auto known = witness_.workers().find(agents_[i].name);
    if (known != witness_.workers().end() && !known->second.spec.capabilities.empty()) continue;
    WorkerSpec helper{.name = agents_[i].name, .role = "smith", .capabilities = {"gpu", "linux"}};
    helper.slots = 16;
    say(i, {RegisterWorker{helper}}, random);
  }
}

// What only people can do: tasks that were held or meant for somebody who is not there, obstacles,
// approvals, checklists, locks that nobody takes; and nothing comes again any more.
void World::help_along() {
  SeededNumbers random(mix_.seed);
  employ_helpers(random);
  const TeamAccount& team = witness_.team();
  for (const auto& [id, schedule] : team.schedules()) {
    if (!schedule.spec.stopped) order(SetSchedule{{.id = id, .stopped = true}}, random);
  }
  for (const auto& [id, blocker] : team.blockers()) order(ResolveBlocker{.blocker = id}, random);
  for (const auto& [id, gate] : team.gates()) {
    if (!gate.is_open) order(Approve{.gate = id}, random);
  }
  for (const auto& [id, task] : witness_.tasks()) {
    if (task.held) order(Resume{.task = id}, random);
    if (!task.is_closed() && !task.spec.criteria.empty()) {
      order(TickCriterion{.task = id, .criterion = 1}, random);
    }
    if (task.is_lock() && task.stage == "open") {
      order(Cancel{.task = id, .reason = "nobody waits for it"}, random);
    } else if (!task.spec.assignee.empty() && task.stage == "open") {
      order(EditTask{.task = id, .changes = {R"({"assignee":null})"}}, random);
    }
  }
  pass(1);
}

}  // namespace evener::sim
