#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/held_lock.h"
#include "cli/verb.h"
#include "core/lock_wish.h"

namespace evener {
namespace {

struct LockOptions {
  std::vector<std::string> names;
  std::string worker;
  std::string ttl;
  std::string of;
  bool shared = false;
  bool wait = false;
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

ExitCode lock(Session& session, const LockOptions& options) {
  if (session.behind_flags.empty() || options.names.empty()) {
    return session.failed(
        {"usage", "what to lock, and a command: evener lock NAME... -- COMMAND [ARGUMENT...]"}
    );
  }
  const Result<Millis> ttl = duration_of(options.ttl);
  if (!ttl.ok()) return session.failed(ttl.error());
  LockedCommand command{
      .worker = options.worker.empty() ? session.worker() : options.worker,
      .wait = options.wait,
      .what = "the lock",
      .argv = session.behind_flags
  };
  if (*ttl > 0) command.lease_ms = *ttl;
  constexpr std::size_t title_bytes = 200;
  command.lock.title = "lock " + shown_words(options.names, title_bytes);
  const char* const running = std::getenv("EVENER_TASK");
  command.lock.parent = !options.of.empty() ? options.of : running != nullptr ? running : "";
  for (const std::string& name : options.names) add_wish(command.lock, name, options.shared);
  return run_with_locks(session, std::move(command));
}

}  // namespace

void add_lock(CommandLine& line) {
  const auto options = std::make_shared<LockOptions>();
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
  verb->add_option(
          "--for", options->of, "For this task, whose locks are not in the way (else EVENER_TASK)"
  )
      ->type_name("TASK");
}

}  // namespace evener
