// What runners do, and what befalls them. Time is true time: they count on a clock that runs
// through sleep.
#include <algorithm>
#include <array>

#include "worker/heartbeat.h"
#include "world.h"

namespace evener::sim {

namespace {

constexpr Millis renewal_patience_ms = 4000;  // for an answer
constexpr Millis report_pause_ms = 500;       // before a report is sent again
constexpr Millis grace_ms = 5000;

// The pool does not take the work as done: that is how the attempt failed.
bool is_not_done(const std::string& code) {
  return code == "evidence_missing" || code == "verify_failed" || code == "criteria_open" ||
         code == "children_open";
}

}  // namespace

// Whatever comes to a runner whose machine sleeps comes when it wakes up.
void World::at_runner(std::size_t who, Millis delay, std::function<void(Runner&)> event) {
  at(delay, [this, who, life = runners_[who].life, event = std::move(event)] {
    Runner& runner = runners_[who];
    if (runner.life != life) return;
    const Millis asleep = runner.asleep_until - clock_.true_ms();
    if (asleep > 0) return at_runner(who, asleep, event);
    event(runner);
  });
}

LetterRef World::runner_letter(std::size_t who, Request request, Heard heard) {
  auto letter = std::make_shared<Letter>();
  letter->author = {.name = runners_[who].name, .scope = Scope::worker};
  letter->requests.push_back(std::move(request));
  // Once: without a server each copy of it is answered.
  const auto is_heard = std::make_shared<bool>(false);
  letter->heard =
      [this, who, life = runners_[who].life, heard, is_heard](const std::vector<Answer>& all) {
        if (runners_[who].life != life || std::exchange(*is_heard, true)) return;
        at_runner(who, 0, [heard, answer = all.front()](Runner&) { heard(answer); });
      };
  return letter;
}

// ---- steps -------------------------------------------------------------------------------------

void World::runner_claims(SeededNumbers& random) {
  const std::size_t who = random.below(runners_.size());
  if (runners_[who].asleep_until > clock_.true_ms()) return;
  if (random.below(6) == 0) {
    WorkerSpec spec{.name = runners_[who].name, .capabilities = {"linux"}, .slots = 3};
    send(runner_letter(who, {request_id(random), RegisterWorker{spec}}, [](const Answer&) {}));
  }
  Claim wish{.worker = runners_[who].name};
  wish.lease_ms = 1000 + static_cast<Millis>(random.below(30'000));
  if (random.below(2) == 0) wish.wait_ms = static_cast<Millis>(random.below(10'000));
  const Millis sent_at = clock_.true_ms();
  send(runner_letter(
      who,
      {request_id(random), wish},
      [this, who, lease_ms = wish.lease_ms, sent_at](const Answer& answer) {
        if (answer.ok) begin_attempt(who, answer, lease_ms, sent_at);
      }
  ));
}

// As on SIGTERM: its commands are ended, and their tasks given back.
void World::runner_stops(SeededNumbers& random) {
  const std::size_t who = random.below(runners_.size());
  at_runner(who, 0, [this, who](Runner& runner) {
    std::vector<Fence> all;
    for (const auto& [fence, attempt] : runner.attempts) all.push_back(fence);
    for (const Fence fence : all) step_attempt(who, fence, attempt_input::StopRequested{});
  });
}

void World::runner_dies(SeededNumbers& random) {
  Runner& runner = runners_[random.below(runners_.size())];
  if (runner.asleep_until > clock_.true_ms()) return;
  for (const auto& [fence, attempt] : runner.attempts) {
    if (attempt->command != 0) witness_.command_ended(fence, clock_.true_ms());
  }
  runner.attempts.clear();
  ++runner.life;
}

// Its machine sleeps: its clock goes on, and nothing runs there.
void World::runner_sleeps(SeededNumbers& random) {
  const std::size_t who = random.below(runners_.size());
  Runner& runner = runners_[who];
  const Millis now = clock_.true_ms();
  if (runner.asleep_until > now) return;
  for (const auto& [fence, attempt] : runner.attempts) {
    if (attempt->command != 0) witness_.command_ended(fence, now);
  }
  runner.asleep_until = now + 1 + static_cast<Millis>(random.below(60'000));
  at_runner(who, runner.asleep_until - now, [this, who](Runner& awake) { wake_up(who, awake); });
}

// The first that it does is to look at the clock.
void World::wake_up(std::size_t who, Runner& runner) {
  std::vector<Fence> all;
  for (const auto& [fence, attempt] : runner.attempts) all.push_back(fence);
  for (const Fence fence : all) {
    step_attempt(who, fence, attempt_input::Tick{});
    const auto attempt = runner.attempts.find(fence);
    const bool runs = attempt != runner.attempts.end() && attempt->second->command != 0 &&
                      attempt->second->killed_at > clock_.true_ms();
    if (runs) witness_.command_began(fence, clock_.true_ms());
  }
}

// ---- attempts ----------------------------------------------------------------------------------

void World::begin_attempt(std::size_t who, const Answer& answer, Millis lease_ms, Millis sent_at) {
  const Result<Json> result = parse_json(answer.result.text);
  const auto& members = result->get_object();
  if (members.if_contains("fence") == nullptr) return;
  const auto& task = members.at("task").as_object();
  const Fence fence{members.at("fence").as_int64()};
  const AttemptTerms terms{
      .has_verify = task.if_contains("verify") != nullptr,
      .claimed_at = sent_at,
      .lease_ms = lease_ms,
      .grace_ms = grace_ms,
      .progress_ms = 2000
  };
  runners_[who].attempts[fence] = std::make_unique<RunnerAttempt>(RunnerAttempt{
      .task = std::string(task.at("id").as_string()),
      .fence = fence,
      .machine = AttemptMachine(terms)
  });
  step_attempt(who, fence, attempt_input::Begun{});
}

void World::step_attempt(std::size_t who, Fence fence, const AttemptInput& input) {
  const auto found = runners_[who].attempts.find(fence);
  if (found == runners_[who].attempts.end()) return;
  RunnerAttempt& attempt = *found->second;
  const std::vector<AttemptEffect> effects = attempt.machine.step(clock_.true_ms(), input);
  for (const AttemptEffect& effect : effects) {
    if (std::holds_alternative<attempt_effect::Spawn>(effect)) {
      spawn(who, attempt);
    } else if (const auto* renewal = std::get_if<attempt_effect::SendRenewal>(&effect)) {
      send_renewal(who, attempt, renewal->progress);
    } else if (const auto* kill = std::get_if<attempt_effect::Kill>(&effect)) {
      end_command(who, attempt, kill->grace);
    } else {
      return settle_attempt(who, fence, std::get<attempt_effect::Settle>(effect).verdict);
    }
  }
  const Millis due = std::max<Millis>(0, attempt.machine.next_tick() - clock_.true_ms());
  constexpr Millis far = 86'400'000;
  at_runner(who, std::min(due, far), [this, who, fence, number = ++attempt.ticks](Runner& runner) {
    const auto still = runner.attempts.find(fence);
    if (still == runner.attempts.end() || still->second->ticks != number) return;
    step_attempt(who, fence, attempt_input::Tick{});
  });
}

void World::spawn(std::size_t who, RunnerAttempt& attempt) {
  const Fence fence = attempt.fence;
  if (chance_.below(30) == 0) {
    return at_runner(who, 0, [this, who, fence](Runner&) {
      step_attempt(who, fence, attempt_input::CannotStart{"there is no such program"});
    });
  }
  attempt.command = ++commands_ever_;
  attempt.killed_at = INT64_MAX;
  attempt.heeds_sigterm = chance_.below(3) != 0;
  witness_.command_began(fence, clock_.true_ms());
  tell("   {} runs command {} of {}", runners_[who].name, attempt.command, attempt.task);
  static constexpr std::array<Millis, 4> longest{1, 300, 20'000, 120'000};
  const auto most = static_cast<std::uint64_t>(longest.at(chance_.below(longest.size())));
  static constexpr std::array<int, 8> codes{0, 0, 0, 0, 0, 1, try_elsewhere_exit, -1};
  const int code = codes.at(chance_.below(codes.size()));
  const auto takes = static_cast<Millis>(is_calm_ ? 1 : chance_.below(most) + 1);
  if (chance_.below(3) == 0) {
    at_runner(who, takes / 2, [this, who, fence, number = attempt.command](Runner& runner) {
      const auto still = runner.attempts.find(fence);
      if (still == runner.attempts.end() || still->second->command != number) return;
      step_attempt(who, fence, attempt_input::Printed{{.percent = 50, .line = "half of it"}});
    });
  }
  exit_after(who, attempt, takes, {.code = code, .signal = code < 0 ? 11 : 0, .duration = takes});
}

void World::exit_after(std::size_t who, const RunnerAttempt& attempt, Millis delay, Exit exit) {
  at_runner(
      who,
      delay,
      [this, who, fence = attempt.fence, number = attempt.command, exit](Runner& runner) {
        const auto still = runner.attempts.find(fence);
        if (still == runner.attempts.end() || still->second->command != number) return;
        still->second->command = 0;
        witness_.command_ended(fence, clock_.true_ms());
        step_attempt(who, fence, attempt_input::Exited{exit});
      }
  );
}

// SIGTERM, which not every command heeds; SIGKILL at the end of its grace.
void World::end_command(std::size_t who, RunnerAttempt& attempt, Millis grace) {
  attempt.killed_at = clock_.true_ms() + grace;
  const Exit killed{.code = -1, .signal = 9};
  if (!attempt.heeds_sigterm || grace == 0) return exit_after(who, attempt, grace, killed);
  const auto takes = static_cast<Millis>(chance_.below(static_cast<std::uint64_t>(grace)));
  exit_after(who, attempt, takes, {.code = -1, .signal = 15});
}

void World::send_renewal(std::size_t who, RunnerAttempt& attempt, const Progress& progress) {
  const Fence fence = attempt.fence;
  const std::uint64_t number = ++renewals_ever_;
  attempt.renewal = number;
  const auto tell_machine = [this, who, fence, number](const AttemptInput& input) {
    const auto still = runners_[who].attempts.find(fence);
    if (still == runners_[who].attempts.end() || still->second->renewal != number) return;
    still->second->renewal = 0;
    step_attempt(who, fence, input);
  };
  Renew renew{.worker = runners_[who].name, .task = attempt.task, .fence = fence};
  renew.progress = progress;
  send(runner_letter(who, {"", std::move(renew)}, [tell_machine](const Answer& answer) {
    if (answer.ok) return tell_machine(attempt_input::Renewed{});
    const Refusal refusal = answer.refusal.value_or(Refusal{});
    if (!means_lost(refusal.code)) return tell_machine(attempt_input::Unreachable{});
    tell_machine(attempt_input::RenewalRefused{refusal.message});
  }));
  at_runner(who, renewal_patience_ms, [tell_machine](Runner&) {
    tell_machine(attempt_input::Unreachable{});
  });
}

// ---- reports -----------------------------------------------------------------------------------

// What came of the attempt is told until it is heard, or nobody could care any more.
void World::settle_attempt(std::size_t who, Fence fence, const Verdict& verdict) {
  const auto found = runners_[who].attempts.find(fence);
  const std::string task = found->second->task;
  tell("   {} is over with {}: {}", runners_[who].name, task, verdict.reason);
  breaches_.require(found->second->command == 0, 11, "an attempt was over while its command ran");
  runners_[who].attempts.erase(found);
  const std::string& worker = runners_[who].name;
  if (verdict.kind == Verdict::Kind::finished) {
    Finish done{.task = task, .worker = worker, .fence = fence, .result = "it is done"};
    done.verify = evidence_for(task);
    report(who, std::move(done));
  } else if (verdict.kind == Verdict::Kind::failed) {
    report(who, Fail{.task = task, .worker = worker, .fence = fence, .reason = verdict.reason});
  } else if (verdict.kind == Verdict::Kind::released) {
    report(who, Release{.task = task, .worker = worker, .fence = fence, .reason = verdict.reason});
  }
}

void World::report(std::size_t who, Command command) {
  const auto* finish = std::get_if<Finish>(&command);
  const Fence fence = finish != nullptr ? finish->fence : Fence{};
  const std::string task = finish != nullptr ? finish->task : "";
  const std::string id = fmt::format("{}-{}", clock_.read().wall, ++ids_);
  auto letter =
      runner_letter(who, {id, std::move(command)}, [this, who, fence, task](const Answer& answer) {
        if (task.empty() || !answer.refusal || !is_not_done(answer.refusal->code)) return;
        Fail failed{.task = task, .worker = runners_[who].name, .fence = fence};
        failed.reason = answer.refusal->message;
        report(who, std::move(failed));
      });
  constexpr int most_tries = 60;
  say_until_heard(who, letter, most_tries);
}

void World::say_until_heard(std::size_t who, const LetterRef& letter, int tries) {
  if (letter->is_answered || tries == 0) return;
  send(letter);
  at_runner(who, report_pause_ms, [this, who, letter, tries](Runner&) {
    say_until_heard(who, letter, tries - 1);
  });
}

// The faults are over: whoever sleeps wakes up, and commands end that would run on.
void World::calm_runners() {
  for (std::size_t who = 0; who < runners_.size(); ++who) {
    Runner& runner = runners_[who];
    const bool slept = runner.asleep_until > clock_.true_ms();
    runner.asleep_until = std::min(runner.asleep_until, clock_.true_ms());
    if (slept) wake_up(who, runner);
    for (const auto& [fence, attempt] : runner.attempts) {
      if (attempt->command != 0) exit_after(who, *attempt, 1, {});
    }
  }
}

bool World::are_runners_idle() const {
  return std::all_of(runners_.begin(), runners_.end(), [](const Runner& runner) {
    return runner.attempts.empty();
  });
}

}  // namespace evener::sim
