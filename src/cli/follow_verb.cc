#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

void add_follow(CommandLine& line) {
  const auto command = std::make_shared<FollowTask>();
  CLI::App* const verb = line.add(
      "follow",
      "Follow a task: messages to it, and news of what stopped it, reach this worker",
      "  evener follow restore-8000\n"
      "  evener follow restore-8000 --worker walnut-1 --stop",
      [command](Session& session) {
        FollowTask follow = *command;
        if (follow.worker.empty()) follow.worker = session.worker();
        return session.give(follow, [&](const Json&) {
          session.print(fmt::format(
              "{} follows {}{}",
              safe_line(follow.worker),
              safe_line(follow.task),
              follow.stop ? " no more" : ""
          ));
        });
      }
  );
  verb->add_option("task", command->task, "Which")->type_name("TASK")->required();
  verb->add_option(
          "--worker", command->worker, "Who follows it (else EVENER_WORKER, else this terminal)"
  )
      ->type_name("NAME");
  verb->add_flag("--stop", command->stop, "Follow it no more");
}

}  // namespace evener
