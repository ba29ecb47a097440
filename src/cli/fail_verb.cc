#include <fmt/format.h>

#include "cli/attempt_flags.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct FailOptions {
  AttemptFlags flags;
  std::string reason;
  std::vector<std::string> findings;
  bool final = false;
};

ExitCode fail(Session& session, const FailOptions& options) {
  Result<AttemptName> name = options.flags.resolve(session);
  if (!name.ok()) return session.failed(name.error());
  Fail command{.task = name->task, .worker = name->worker, .fence = name->fence};
  command.reason = options.reason;
  command.final = options.final;
  command.findings = options.findings;
  return give_about(session, *name, std::move(command), true, [&](const Json& result) {
    const Json* retry = result.get_object().if_contains("retry_at");
    session.print(fmt::format(
        "{} failed; {}",
        name->task,
        retry != nullptr ? "it will be tried again" : "it is not tried again"
    ));
  });
}

}  // namespace

void add_fail(CommandLine& line) {
  const auto options = std::make_shared<FailOptions>();
  CLI::App* const verb = line.add(
      "fail",
      "Say that an attempt failed; it is tried again while retries last",
      "  evener fail --reason 'the image does not build'\n"
      "  evener fail restore-8000 --final --finding 'the disk of that machine is full'",
      [options](Session& session) { return fail(session, *options); }
  );
  options->flags.add_to(verb);
  verb->add_option("--reason", options->reason, "Why")->type_name("TEXT");
  verb->add_option("--finding", options->findings, "Handed to its next holder")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_flag("--final", options->final, "Do not try again");
}

}  // namespace evener
