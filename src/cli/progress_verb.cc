#include <fmt/format.h>

#include "cli/attempt_flags.h"
#include "cli/unread_line.h"
#include "cli/verb.h"

namespace evener {

void add_progress(CommandLine& line) {
  struct Options {
    AttemptFlags flags;
    std::int64_t percent = -1;
    std::string text;
  };

  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "progress",
      "Say how far a task has come; renews its lease",
      "  evener progress --percent 40 --line 'compiling'\n"
      "  evener progress restore-8000 --line 'waiting for the database'",
      [options](Session& session) {
        Result<AttemptName> name = options->flags.resolve(session);
        if (!name.ok()) return session.failed(name.error());
        Renew command{.worker = name->worker, .task = name->task, .fence = name->fence};
        if (options->percent >= 0) command.progress.percent = options->percent;
        command.progress.line = options->text;
        return give_about(session, *name, std::move(command), false, [&](const Json& result) {
          session.print("noted the progress of " + name->task);
          const std::string unread = unread_line(result, name->worker);
          if (!unread.empty()) session.print(unread);
        });
      }
  );
  options->flags.add_to(verb);
  verb->add_option("--percent", options->percent, "0 to 100")->check(CLI::Range(0, 100));
  verb->add_option("--line", options->text, "What is happening")->type_name("TEXT");
}

}  // namespace evener
