// The verbs that take a task and a reason: cancel, hold, resume, reopen.
#pragma once

#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

template <typename Command>
void add_task_verb(CommandLine& line, const char* summary, const char* examples, const char* past) {
  const auto command = std::make_shared<Command>();
  CLI::App* const verb =
      line.add(std::string(Command::type), summary, examples, [command, past](Session& session) {
        return session.give(*command, [&](const Json& result) {
          const Json* changed = result.get_object().if_contains("changed");
          session.print(
              changed != nullptr ? fmt::format("{} was {} already", command->task, past)
                                 : fmt::format("{} {}", past, command->task)
          );
        });
      });
  verb->add_option("task", command->task, "Its id")->type_name("TASK")->required();
  verb->add_option("--reason", command->reason, "Why")->type_name("TEXT");
}

}  // namespace evener
