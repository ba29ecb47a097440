#include "cli/attempt_flags.h"
#include "cli/unread_line.h"
#include "cli/verb.h"

namespace evener {

void add_beat(CommandLine& line) {
  const auto flags = std::make_shared<AttemptFlags>();
  CLI::App* const verb = line.add(
      "beat",
      "Renew the lease on a task",
      "  evener beat\n"
      "  evener beat restore-8000 --worker walnut-1 --fence 41",
      [flags](Session& session) {
        Result<AttemptName> name = flags->resolve(session);
        if (!name.ok()) return session.failed(name.error());
        Renew command{.worker = name->worker, .task = name->task, .fence = name->fence};
        return give_about(session, *name, std::move(command), false, [&](const Json& result) {
          session.print("renewed " + name->task);
          const std::string unread = unread_line(result, name->worker);
          if (!unread.empty()) session.print(unread);
        });
      }
  );
  flags->add_to(verb);
}

}  // namespace evener
