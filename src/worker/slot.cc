#include "worker/slot.h"

#include <fmt/format.h>

namespace evener {
namespace {

// Where renewals are no facts, people see progress as it happens.
constexpr Millis live_progress_ms = 2000;

constexpr std::string_view worker_stopped = "worker stopped";

std::string describe(const Grant& grant) {
  std::string text = fmt::format(
      "claimed {} (attempt {}, fence {})", grant.task.id, grant.attempt, grant.fence.value
  );
  if (!grant.task.title.empty()) text += ": " + plain_line(grant.task.title);
  return text;
}

}  // namespace

Slot::Slot(
    Shift& shift,
    ProcessRunner& processes,
    Heartbeat& heartbeat,
    std::unique_ptr<Client> client,
    std::shared_ptr<SignalFd> interrupt
)
    : shift_(shift),
      processes_(processes),
      heartbeat_(heartbeat),
      interrupt_(interrupt),
      mailbox_(std::make_shared<Mailbox>()),
      line_(shift, std::move(client), std::move(interrupt)),
      claims_(shift, line_),
      delivery_(shift, line_, claims_) {}

void Slot::work() {
  std::optional<Grant> grant;
  for (;;) {
    if (!grant) grant = claims_.next();
    if (!grant) return;
    grant = carry_out(*grant);
  }
}

void Slot::stop(Stop how) {
  mailbox_->stop(how);
  interrupt_->raise();
}

std::optional<Grant> Slot::carry_out(const Grant& grant) {
  shift_.count(&RunnerSummary::claimed);
  const std::string& task = grant.task.id;
  if (shift_.stopping()) {
    delivery_.give_back(grant, std::string(worker_stopped));
    return std::nullopt;
  }
  // Claims of several slots may have waited while one of them gave it back.
  if (shift_.passed_over().holds(task, shift_.now())) {
    return pass_over(grant, "this worker has given it back just now");
  }
  AttemptSetting setting = setting_for(grant);
  if (setting.command.empty()) {
    return pass_over(grant, "it has no command to run, and this worker has no --exec");
  }
  Result<std::vector<Secret>> secrets = secrets_for(grant);
  if (!secrets.ok()) {
    const bool is_stop = secrets.error().code == "interrupted";
    if (!is_stop) return pass_over(grant, secrets.error().message);
    delivery_.give_back(grant, std::string(worker_stopped));
    return std::nullopt;
  }
  setting.secrets = std::move(*secrets);
  shift_.say(describe(grant));
  shift_.say_unread(grant.unread, grant.urgent);
  AttemptTrace trace =
      AttemptRun(grant, setting, processes_, shift_.clock(), heartbeat_, mailbox_).finish();
  if (trace.verdict.elsewhere) shift_.passed_over().add(task, shift_.now());
  if (trace.verdict.kind != Verdict::Kind::abandoned) {
    return delivery_.tell(grant, std::move(trace));
  }
  if (trace.verdict.refused) {
    delivery_.ended_without_us(grant, trace.verdict.reason);
  } else {
    shift_.say_lost(task, trace.verdict.reason);
  }
  delivery_.clear_away(trace);
  return std::nullopt;
}

// Gives back what others may be able to do.
std::optional<Grant> Slot::pass_over(const Grant& grant, const std::string& reason) {
  shift_.passed_over().add(grant.task.id, shift_.now());
  delivery_.give_back(grant, reason);
  shift_.give_turn_back();
  return std::nullopt;
}

// In good time: the lease is not renewed meanwhile.
Result<std::vector<Secret>> Slot::secrets_for(const Grant& grant) {
  constexpr Millis longest = 10'000;
  constexpr Millis part_of_lease = 4;
  return read_secrets(
      grant.task.secrets,
      shift_.options().secrets,
      processes_,
      {.timeout = std::min(longest, grant.lease_ms / part_of_lease),
       .is_stopping = [this] { return shift_.stopping(); }}
  );
}

AttemptSetting Slot::setting_for(const Grant& grant) {
  const RunnerOptions& options = shift_.options();
  return {
      .surroundings =
          {.worker = options.worker.name, .pool = options.pool, .server = options.server},
      .command = options.command.empty() ? grant.task.run : options.command,
      .directory = options.directory,
      .output_folder = options.output_folder,
      .output = options.output,
      .grace_ms = options.grace_ms,
      .progress_ms = line_.client().is_served() ? live_progress_ms : 0,
      .is_closed =
          [this, &grant] {
            const Result<AttemptEnd> end = line_.end_of(grant);
            return end.ok() && end->closed;
          }
  };
}

}  // namespace evener
