#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

void add_approve(CommandLine& line) {
  const auto command = std::make_shared<Approve>();
  CLI::App* const verb = line.add(
      "approve",
      "Approve a phase's gate, or another, that waits for it",
      "  evener approve deploy --reason 'the health check answers'\n"
      "  evener approve deploy --worker walnut-1",
      [command](Session& session) {
        return session.give(*command, [&](const Json& result) {
          const Json* open = result.get_object().if_contains("open");
          session.print(
              open == nullptr    ? command->gate + " was approved already"
              : open->get_bool() ? fmt::format("approved {}: it is open", command->gate)
                                 : "approved " + command->gate
          );
        });
      }
  );
  verb->add_option("gate", command->gate, "Which")->type_name("ID")->required();
  verb->add_option("--worker", command->worker, "As this worker (else as an operator)")
      ->type_name("NAME");
  verb->add_option("--reason", command->reason, "Why")->type_name("TEXT");
}

}  // namespace evener
