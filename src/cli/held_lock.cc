#include "cli/held_lock.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/held_command.h"
#include "cli/lock_guard.h"
#include "worker/heartbeat.h"
#include "worker/output.h"

namespace evener {
namespace {

struct LockTaken {
  Answer answer;    // of the claim
  Millis sent = 0;  // when that was sent, by the boot clock
};

Millis boot_time(Session& session) {
  return session.clock().read().boot;
}

Result<LockTaken> claim(Session& session, Client& client, const LockedCommand& command) {
  const Millis sent = boot_time(session);
  Answer answer = TRY(call_one(
      client, Claim{.worker = command.worker, .task = command.lock.id, .lease_ms = command.lease_ms}
  ));
  return LockTaken{.answer = std::move(answer), .sent = sent};
}

// Adds the task and claims it; if it is to wait, again and again until it can be had. Nothing if a
// signal came.
Result<std::optional<LockTaken>> take(
    Session& session, Client& client, const LockedCommand& command
) {
  constexpr Millis pause_ms = 300;
  Answer added = TRY(call_one(client, AddTasks{.tasks = {command.lock}}));
  if (!added.ok) return std::optional(LockTaken{.answer = std::move(added)});
  bool said = false;
  for (;;) {
    LockTaken taken = TRY(claim(session, client, command));
    if (taken.answer.ok) return std::optional(std::move(taken));
    const std::optional<Refusal>& refusal = taken.answer.refusal;
    const bool is_locked = refusal && refusal->code == "locked";
    if (command.wait && is_locked) {
      if (!said) session.say("waiting: " + safe_text(refusal->message));
      said = true;
      if (!stop_came(pause_ms)) continue;
    }
    TRY(call_one(client, Cancel{.task = command.lock.id, .reason = "it was not waited for"}));
    if (command.wait && is_locked) return std::optional<LockTaken>();
    return std::optional(std::move(taken));
  }
}

// In the guard: this process has ended without a word to the pool, and its command is gone. The
// pool may be out of reach for a while, and what was sent last may arrive behind us.
void give_up(const Session& session, const std::string& task) {
  constexpr int tries = 60;
  constexpr unsigned pause_s = 1;
  for (int i = 0; i < tries; ++i) {
    const Result<std::unique_ptr<Client>> client = session.new_client();
    if (client.ok()) {
      const Cancel cancel{.task = task, .reason = "evener lock ended without a word"};
      const Result<Answer> answer = call_one(**client, cancel);
      const bool may_appear = answer.ok() && answer->refusal &&
                              answer->refusal->code == "unknown_task" && i < tries / 10;
      if (answer.ok() && !may_appear) return;
    }
    ::sleep(pause_s);
  }
}

// Runs the command under a lease that a thread of its own renews, so that no call to a pool out of
// reach keeps the command past its lease. That thread has ended when this returns.
Result<HeldExit> run_renewed(Session& session, const HeldCommand& command) {
  auto interrupt = std::make_shared<SignalFd>();
  std::unique_ptr<Client> client = TRY(session.new_client(interrupt->fd()));
  Heartbeat heartbeat(std::move(client), std::move(interrupt));
  return run_held(command, session.clock(), heartbeat);
}

// What the pool is told when all is over. Of a lock that was lost there is no result, which would
// be kept as one that came too late.
Command last_word(const LockedCommand& command, Fence fence, const Result<HeldExit>& exit) {
  constexpr int cannot_start_code = 127;
  if (exit.ok() && (!exit->code || !exit->lost.empty())) {
    return Cancel{.task = command.lock.id, .reason = exit->lost};
  }
  Finish finish{.task = command.lock.id, .worker = command.worker, .fence = fence};
  finish.run.exit_code = exit.ok() ? *exit->code : cannot_start_code;
  finish.result = fmt::format("exit {}", *finish.run.exit_code);
  return finish;
}

struct LockEnd {
  ExitCode code = ExitCode::unreachable;
  bool is_told = false;  // the pool has heard that the lock is free
};

// By a new connection, which a signal interrupts: another may have been silent for as long as the
// command ran.
Status tell(Session& session, Command word) {
  const Descriptor stop = stop_signals();
  const std::unique_ptr<Client> client = TRY(session.new_client(stop.get()));
  TRY(call_one(*client, std::move(word)));
  return Done{};
}

// Runs the command under the locks that `taken` says are ours.
LockEnd hold(
    Session& session, const LockedCommand& command, const LockTaken& taken, const LockGuard& guard
) {
  const Result<Json> result = parse_json(taken.answer.result.text);
  if (!result.ok()) return {session.failed(result.error())};
  const Fence fence{result->at("fence").get_int64()};

  const HeldCommand held{
      .argv = command.argv,
      .lease = {.worker = command.worker, .task = command.lock.id, .fence = fence},
      .claimed_at = taken.sent,
      .lease_ms = command.lease_ms,
      .limit_told = [&guard](const TimeLimit& limit) { guard.set_limit(limit); }
  };
  const Result<HeldExit> exit = run_renewed(session, held);
  guard.set_limit(std::nullopt);  // what a command left behind when it ended by itself may live on
  if (exit.ok() && !exit->lost.empty()) {
    session.say(fmt::format("{} is lost: {}", command.what, safe_text(exit->lost)));
  }
  const Status told = tell(session, last_word(command, fence, exit));
  if (!told.ok()) session.say("warning: " + safe_text(told.error().text()));
  if (!exit.ok()) return {session.failed(exit.error()), told.ok()};
  if (!exit->lost.empty()) return {ExitCode::refused, told.ok()};
  return {static_cast<ExitCode>(exit->code.value_or(0)), told.ok()};
}

}  // namespace

std::string shown_words(const std::vector<std::string>& words, std::size_t most) {
  const auto continues = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
  };
  std::string text = valid_utf8(fmt::format("{}", fmt::join(words, " ")));
  if (text.size() <= most) return text;
  while (most > 0 && continues(text[most])) --most;
  text.resize(most);
  return text;
}

ExitCode run_with_locks(Session& session, LockedCommand command) {
  block_signals();
  const std::string unique = new_request_id(session.clock().read().wall);
  command.lock.id = "lock-" + unique.substr(unique.find('-') + 1);
  command.lock.kind = lock_kind;
  command.lock.assignee = command.worker;
  command.lock.estimate_ms = 0;
  command.lock.description = shown_words(command.argv, limits::line_bytes);
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  Result<LockGuard> guard = LockGuard::start([&] { give_up(session, command.lock.id); });
  if (!guard.ok()) return session.failed(guard.error());
  const Result<std::optional<LockTaken>> taken = take(session, **client, command);
  if (!taken.ok()) return session.failed(taken.error());  // what it left, the guard clears away
  LockEnd end{.is_told = true};
  if (!*taken) {
    end.code = session.failed({"interrupted", "it was not waited for " + command.what});
  } else if (!(*taken)->answer.ok) {
    end.code = session.refused(*(*taken)->answer.refusal);
  } else {
    end = hold(session, command, **taken, *guard);
  }
  if (end.is_told) guard->dismiss();  // else the guard tells the pool
  return end.code;
}

}  // namespace evener
