#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/held_command.h"
#include "cli/lock_guard.h"
#include "cli/verb.h"
#include "core/lock_wish.h"

namespace evener {
namespace {

struct Options {
  std::vector<std::string> names;
  std::string worker;
  std::string ttl;
  std::string of;
  bool shared = false;
  bool wait = false;
};

// The lock that stands in the pool for a command: a task of its own.
struct Lock {
  std::string task;
  std::string worker;
  Fence fence = {};
  Millis lease_ms = limits::runner_lease;
};

// A name with a slash, a wildcard or `path:` before it is a path; all else is a resource.
void add_wish(TaskSpec& task, std::string name, bool shared) {
  constexpr std::string_view path_prefix = "path:";
  const bool is_path = name.starts_with(path_prefix);
  if (is_path) name.erase(0, path_prefix.size());
  const bool is_resource =
      !is_path && name.find('/') == std::string::npos && read_lock_wish(name).ok();
  if (shared) name.insert(0, "shared:");
  (is_resource ? task.locks : task.paths).push_back(std::move(name));
}

TaskSpec task_for(const Options& options, const Lock& lock, const std::string& command) {
  TaskSpec task{.id = lock.task, .kind = std::string(lock_kind), .assignee = lock.worker};
  task.title = fmt::format("lock {}", fmt::join(options.names, " ")).substr(0, 200);
  task.description = command.substr(0, limits::line_bytes);
  task.estimate_ms = 0;
  const char* const running = std::getenv("EVENER_TASK");
  task.parent = !options.of.empty() ? options.of : running != nullptr ? running : "";
  for (const std::string& name : options.names) add_wish(task, name, options.shared);
  return task;
}

Result<Answer> claim(Client& client, const Lock& lock) {
  return call_one(
      client, Claim{.worker = lock.worker, .task = lock.task, .lease_ms = lock.lease_ms}
  );
}

// Adds the task and claims it; with --wait, again and again until it can be had. Nothing if a
// signal came.
Result<std::optional<Answer>> take(
    Session& session, Client& client, const Options& options, const Lock& lock, TaskSpec task
) {
  constexpr Millis pause_ms = 300;
  AddTasks add;
  add.tasks.push_back(std::move(task));
  Answer added = TRY(call_one(client, std::move(add)));
  if (!added.ok) return std::optional(std::move(added));
  bool said = false;
  for (;;) {
    Answer answer = TRY(claim(client, lock));
    if (answer.ok) return std::optional(std::move(answer));
    const bool is_locked = answer.refusal && answer.refusal->code == "locked";
    if (options.wait && is_locked) {
      if (!said) session.say("waiting: " + safe_text(answer.refusal->message));
      said = true;
      if (!stop_came(pause_ms)) continue;
    }
    TRY(call_one(client, Cancel{.task = lock.task, .reason = "it was not waited for"}));
    if (options.wait && is_locked) return std::optional<Answer>();
    return std::optional(std::move(answer));
  }
}

// Whether the lease is still ours: out of reach, it is until it must have lapsed.
class Renewal {
 public:
  Renewal(Session& session, Client& client, const Lock& lock)
      : session_(session), client_(client), lock_(lock), held_until_(now() + lock.lease_ms) {}

  bool operator()() {
    const Millis sent = now();
    const Renew renewal{.worker = lock_.worker, .task = lock_.task, .fence = lock_.fence};
    const Result<Answer> answer = call_one(client_, renewal);
    if (answer.ok() && answer->ok) {
      held_until_ = sent + lock_.lease_ms;
      return true;
    }
    if (!answer.ok() && now() < held_until_ - lock_.lease_ms / 4) return true;
    session_.say(fmt::format(
        "the lock is lost: {}",
        safe_text(answer.ok() ? answer->refusal->message : answer.error().text())
    ));
    return false;
  }

 private:
  Millis now() const { return session_.clock().read().boot; }

  Session& session_;
  Client& client_;
  const Lock& lock_;
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

// Runs the command under the lock that `taken` says is ours.
ExitCode hold(Session& session, Client& client, Lock lock, const Answer& taken) {
  const Result<Json> result = parse_json(taken.result.text);
  if (!result.ok()) return session.failed(result.error());
  lock.fence = Fence{result->at("fence").get_int64()};

  Renewal renewal(session, client, lock);
  const Result<HeldExit> exit =
      run_held({session.behind_flags, lock.lease_ms / 3}, [&] { return renewal(); });
  Finish finish{.task = lock.task, .worker = lock.worker, .fence = lock.fence};
  finish.run.exit_code = exit.ok() ? exit->code : 127;
  finish.result = fmt::format("exit {}", *finish.run.exit_code);
  const Result<Answer> finished = call_one(client, std::move(finish));
  if (!finished.ok()) session.say("warning: " + safe_text(finished.error().text()));
  if (!exit.ok()) return session.failed(exit.error());
  if (exit->lost) return ExitCode::refused;
  return static_cast<ExitCode>(exit->code);
}

ExitCode lock(Session& session, const Options& options) {
  const std::vector<std::string>& argv = session.behind_flags;
  if (argv.empty() || options.names.empty()) {
    return session.failed(
        {"usage", "what to lock, and a command: evener lock NAME... -- COMMAND [ARGUMENT...]"}
    );
  }
  const Result<Millis> ttl = duration_of(options.ttl);
  if (!ttl.ok()) return session.failed(ttl.error());
  block_signals();
  Lock lock{.worker = options.worker.empty() ? session.worker() : options.worker};
  const std::string unique = new_request_id(session.clock().read().wall);
  lock.task = "lock-" + unique.substr(unique.find('-') + 1);
  if (*ttl > 0) lock.lease_ms = *ttl;
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  Result<LockGuard> guard = LockGuard::start([&] { give_up(session, lock.task); });
  if (!guard.ok()) return session.failed(guard.error());
  const std::string command = fmt::format("{}", fmt::join(argv, " "));
  Result<std::optional<Answer>> taken =
      take(session, **client, options, lock, task_for(options, lock, command));
  if (!taken.ok()) return session.failed(taken.error());  // what it left, the guard clears away
  ExitCode code = ExitCode::unreachable;
  if (!*taken) {
    code = session.failed({"interrupted", "it was not waited for the lock"});
  } else if (!(*taken)->ok) {
    code = session.refused(*(*taken)->refusal);
  } else {
    code = hold(session, **client, lock, **taken);
  }
  guard->dismiss();
  return code;
}

}  // namespace

void add_lock(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "lock",
      "Hold resources or paths while a command runs; ends with the command's exit code",
      "  evener lock port:5432 -- npm test\n"
      "  evener lock 'src/auth/**' ./README.md --wait -- git rebase main\n"
      "  evener lock db --shared --ttl 5m -- pg_dump app",
      [options](Session& session) { return lock(session, *options); }
  );
  verb->add_option("names", options->names, "Resources, or paths: those have a slash or a wildcard")
      ->type_name("NAME... -- COMMAND");
  verb->add_flag("--shared", options->shared, "Together with others that share it");
  verb->add_flag("--wait", options->wait, "Wait until it can be had");
  add_duration(verb, "--ttl", options->ttl, "The lease, renewed while the command runs; 30s");
  verb->add_option("--worker", options->worker, "Who holds it (else EVENER_WORKER, this terminal)")
      ->type_name("NAME");
  verb->add_option("--for", options->of, "For this task, whose locks are not in the way")
      ->type_name("TASK");
}

}  // namespace evener
