#include "cli/held_lock.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/held_command.h"
#include "cli/lock_guard.h"

namespace evener {
namespace {

Result<Answer> claim(Client& client, const LockedCommand& command) {
  return call_one(
      client, Claim{.worker = command.worker, .task = command.lock.id, .lease_ms = command.lease_ms}
  );
}

// Adds the task and claims it; if it is to wait, again and again until it can be had. Nothing if a
// signal came.
Result<std::optional<Answer>> take(Session& session, Client& client, const LockedCommand& command) {
  constexpr Millis pause_ms = 300;
  Answer added = TRY(call_one(client, AddTasks{.tasks = {command.lock}}));
  if (!added.ok) return std::optional(std::move(added));
  bool said = false;
  for (;;) {
    Answer answer = TRY(claim(client, command));
    if (answer.ok) return std::optional(std::move(answer));
    const bool is_locked = answer.refusal && answer.refusal->code == "locked";
    if (command.wait && is_locked) {
      if (!said) session.say("waiting: " + safe_text(answer.refusal->message));
      said = true;
      if (!stop_came(pause_ms)) continue;
    }
    TRY(call_one(client, Cancel{.task = command.lock.id, .reason = "it was not waited for"}));
    if (command.wait && is_locked) return std::optional<Answer>();
    return std::optional(std::move(answer));
  }
}

// Whether the lease is still ours: out of reach, it is until it must have lapsed.
class Renewal {
 public:
  Renewal(Session& session, Client& client, const LockedCommand& command, Fence fence)
      : session_(session),
        client_(client),
        command_(command),
        fence_(fence),
        held_until_(now() + command.lease_ms) {}

  bool operator()() {
    const Millis sent = now();
    const Renew renewal{.worker = command_.worker, .task = command_.lock.id, .fence = fence_};
    const Result<Answer> answer = call_one(client_, renewal);
    if (answer.ok() && answer->ok) {
      held_until_ = sent + command_.lease_ms;
      return true;
    }
    if (!answer.ok() && now() < held_until_ - command_.lease_ms / 4) return true;
    session_.say(fmt::format(
        "{} is lost: {}",
        command_.what,
        safe_text(answer.ok() ? answer->refusal->message : answer.error().text())
    ));
    return false;
  }

 private:
  Millis now() const { return session_.clock().read().boot; }

  Session& session_;
  Client& client_;
  const LockedCommand& command_;
  Fence fence_;
  Millis held_until_;
};

// In the guard: this process was killed, and its command is gone. The pool may be out of reach for
// a while, and what was sent last may arrive behind us.
void give_up(const Session& session, const std::string& task) {
  constexpr int tries = 60;
  constexpr unsigned pause_s = 1;
  for (int i = 0; i < tries; ++i) {
    const Result<std::unique_ptr<Client>> client = session.new_client();
    if (client.ok()) {
      const Cancel cancel{.task = task, .reason = "evener lock was killed"};
      const Result<Answer> answer = call_one(**client, cancel);
      const bool may_appear = answer.ok() && answer->refusal &&
                              answer->refusal->code == "unknown_task" && i < tries / 10;
      if (answer.ok() && !may_appear) return;
    }
    ::sleep(pause_s);
  }
}

// Runs the command under the locks that `taken` says are ours.
ExitCode hold(Session& session, Client& client, const LockedCommand& command, const Answer& taken) {
  const Result<Json> result = parse_json(taken.result.text);
  if (!result.ok()) return session.failed(result.error());
  const Fence fence{result->at("fence").get_int64()};

  Renewal renewal(session, client, command, fence);
  const Result<HeldExit> exit =
      run_held({command.argv, command.lease_ms / 3}, [&] { return renewal(); });
  Finish finish{.task = command.lock.id, .worker = command.worker, .fence = fence};
  finish.run.exit_code = exit.ok() ? exit->code : 127;
  finish.result = fmt::format("exit {}", *finish.run.exit_code);
  const Result<Answer> finished = call_one(client, std::move(finish));
  if (!finished.ok()) session.say("warning: " + safe_text(finished.error().text()));
  if (!exit.ok()) return session.failed(exit.error());
  if (exit->lost) return ExitCode::refused;
  return static_cast<ExitCode>(exit->code);
}

}  // namespace

ExitCode run_with_locks(Session& session, LockedCommand command) {
  block_signals();
  const std::string unique = new_request_id(session.clock().read().wall);
  command.lock.id = "lock-" + unique.substr(unique.find('-') + 1);
  command.lock.kind = lock_kind;
  command.lock.assignee = command.worker;
  command.lock.estimate_ms = 0;
  const std::string words = fmt::format("{}", fmt::join(command.argv, " "));
  command.lock.description = words.substr(0, limits::line_bytes);
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  Result<LockGuard> guard = LockGuard::start([&] { give_up(session, command.lock.id); });
  if (!guard.ok()) return session.failed(guard.error());
  const Result<std::optional<Answer>> taken = take(session, **client, command);
  if (!taken.ok()) return session.failed(taken.error());  // what it left, the guard clears away
  ExitCode code = ExitCode::unreachable;
  if (!*taken) {
    code = session.failed({"interrupted", "it was not waited for " + command.what});
  } else if (!(*taken)->ok) {
    code = session.refused(*(*taken)->refusal);
  } else {
    code = hold(session, **client, command, **taken);
  }
  guard->dismiss();
  return code;
}

}  // namespace evener
