#include "worker/verify.h"

#include <fmt/format.h>

#include "worker/attempt_run.h"
#include "worker/secrets.h"

namespace evener {

Result<Evidence> run_verify(
    const TaskSpec& task, const VerifyOrder& order, ProcessRunner& processes, Client& client
) {
  if (task.verify.empty()) return Evidence{};
  Grant grant{.task = task, .fence = order.fence, .attempt = order.attempt};
  grant.json = fmt::format(R"({{"task":{},"fence":{}}})", to_json_text(task), order.fence.value);
  const std::vector<Secret> secrets = secrets_in_environment(task.secrets);
  const std::unique_ptr<Process> process = TRY(processes.start({
      .argv = shell_command(task.verify),
      .environment = environment_of(grant, order.surroundings),
      .directory = order.directory,
      .input = grant.json,
      .on_line = order.on_line,
      .redaction = secrets.empty() ? nullptr : std::make_shared<const Redaction>(secrets),
  }));
  bool stopped = false;
  for (Wake wake = Wake::output; wake != Wake::exited;) {
    wake = process->poll(-1, stopped ? -1 : order.stop_fd);
    if (wake != Wake::woken) continue;
    stopped = true;
    TRY(process->kill(order.grace_ms));
  }
  if (stopped) return Error{"interrupted", "verify was stopped", task.id};
  const std::optional<Exit> exit = process->exit();
  CHECK(exit, "an exited process says how");
  const std::string output = process->output().text();
  Evidence evidence = evidence_of(*exit, output);
  if (needs_upload(evidence, output)) {
    Result<BlobRef> blob = client.put_blob(output);
    if (blob.ok()) evidence.output = std::move(*blob);
  }
  return evidence;
}

}  // namespace evener
