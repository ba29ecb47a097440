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

void Slot::stop() {
  mailbox_->stop();
  interrupt_->raise();
}

std::optional<Grant> Slot::carry_out(const Grant& grant) {
  shift_.count(&RunnerSummary::claimed);
  const std::string& task = grant.task.id;
  if (shift_.stopping()) {
    delivery_.give_back(grant, std::string(worker_stopped));
    return std::nullopt;
  }
  const AttemptSetting setting = setting_for(grant);
  if (setting.command.empty()) {
    shift_.passed_over().add(task, shift_.now());
    delivery_.give_back(grant, "it has no command to run, and this worker has no --exec");
    shift_.give_turn_back();
    return std::nullopt;
  }
  shift_.say(describe(grant));
  shift_.say_unread(grant.unread, grant.urgent);
  AttemptTrace trace =
      AttemptRun(grant, setting, processes_, shift_.clock(), heartbeat_, mailbox_).finish();
  if (trace.verdict.elsewhere) shift_.passed_over().add(task, shift_.now());
  if (trace.verdict.kind != Verdict::Kind::abandoned) {
    return delivery_.tell(grant, std::move(trace));
  }
  shift_.say_lost(task, trace.verdict.reason);
  delivery_.clear_away(trace);
  return std::nullopt;
}

AttemptSetting Slot::setting_for(const Grant& grant) {
  const RunnerOptions& options = shift_.options();
  return {
      .surroundings = {.worker = options.worker.name, .pool = options.pool},
      .command = options.command.empty() ? grant.task.run : options.command,
      .directory = options.directory,
      .output_folder = options.output_folder,
      .output = options.output,
      .grace_ms = options.grace_ms,
      .progress_ms = line_.client().is_served() ? live_progress_ms : 0
  };
}

}  // namespace evener
