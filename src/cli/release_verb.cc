#include "cli/attempt_flags.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct ReleaseOptions {
  AttemptFlags flags;
  std::string reason;
  std::vector<std::string> findings;
};

ExitCode release(Session& session, const ReleaseOptions& options) {
  Result<AttemptName> name = options.flags.resolve(session);
  if (!name.ok()) return session.failed(name.error());
  Release command{.task = name->task, .worker = name->worker, .fence = name->fence};
  command.reason = options.reason;
  command.findings = options.findings;
  return give_about(session, *name, std::move(command), true, [&](const Json&) {
    session.print("released " + name->task);
  });
}

}  // namespace

void add_release(CommandLine& line) {
  const auto options = std::make_shared<ReleaseOptions>();
  CLI::App* const verb = line.add(
      "release",
      "Give a task back; no attempt is used up",
      "  evener release\n"
      "  evener release restore-8000 --reason 'needs a machine with docker'",
      [options](Session& session) { return release(session, *options); }
  );
  options->flags.add_to(verb);
  verb->add_option("--reason", options->reason, "Why")->type_name("TEXT");
  verb->add_option("--finding", options->findings, "Handed to its next holder")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace evener
