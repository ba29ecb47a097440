#include <fmt/format.h>

#include "cli/held_lock.h"
#include "cli/verb.h"
#include "views/locks.h"

namespace evener {
namespace {

struct LeadOptions {
  std::string role;
  std::string worker;
  std::string ttl;
  bool wait = false;
  bool who = false;
};

// "coordinator" and "role:coordinator" are the same.
std::string lock_of(const std::string& role) {
  constexpr std::string_view prefix = "role:";
  return role.starts_with(prefix) ? role : std::string(prefix) + role;
}

std::string who_text(const std::string& role, const LocksView& view, Instant now) {
  std::string out;
  for (const HeldLock& held : view.held) {
    if (held.is_path || held.shared) continue;
    out += fmt::format(
        "{} leads {} for {}, its lease lasts {}\n",
        safe_line(held.worker),
        safe_line(role),
        format_duration(std::max<Millis>(0, now - held.since)),
        format_duration(held.left_ms)
    );
  }
  return out.empty() ? fmt::format("nobody leads {}\n", safe_line(role)) : out;
}

ExitCode lead(Session& session, const LeadOptions& options) {
  const std::string role = lock_of(options.role);
  if (options.who) {
    Query query;
    query.kind = QueryKind::locks;
    query.who = role;
    return session.ask(query, showing<LocksView>([&](const LocksView& view) {
                         session.print(who_text(role, view, view.log_time));
                       }));
  }
  if (session.behind_flags.empty()) {
    return session.failed(
        {"usage", "what to run meanwhile: evener lead ROLE -- COMMAND [ARGUMENT...]"}
    );
  }
  const Result<Millis> ttl = duration_of(options.ttl);
  if (!ttl.ok()) return session.failed(ttl.error());
  LockedCommand command{
      .worker = options.worker.empty() ? session.worker() : options.worker,
      .wait = options.wait,
      .what = role,
      .argv = session.behind_flags
  };
  if (*ttl > 0) command.lease_ms = *ttl;
  command.lock.title = "lead " + role;
  command.lock.locks = {role};
  return run_with_locks(session, std::move(command));
}

}  // namespace

void add_lead(CommandLine& line) {
  const auto options = std::make_shared<LeadOptions>();
  CLI::App* const verb = line.add(
      "lead",
      "Lead a role while a command runs; when its holder is lost, the next one takes over",
      "  evener lead coordinator --wait -- ./coordinate.sh\n"
      "  evener lead coordinator --worker walnut-1 --ttl 1m -- sleep infinity\n"
      "  evener lead coordinator --who",
      [options](Session& session) { return lead(session, *options); }
  );
  verb->add_option("role", options->role, "Which role")->type_name("ROLE [-- COMMAND]")->required();
  verb->add_flag("--wait", options->wait, "Wait until nobody else leads it");
  verb->add_flag("--who", options->who, "Say who leads it");
  add_duration(verb, "--ttl", options->ttl, "The lease, renewed while the command runs; 30s");
  verb->add_option("--worker", options->worker, "Who leads (else EVENER_WORKER, this terminal)")
      ->type_name("NAME");
}

}  // namespace evener
