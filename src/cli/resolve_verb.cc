#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

void add_resolve(CommandLine& line) {
  const auto command = std::make_shared<ResolveBlocker>();
  CLI::App* const verb = line.add(
      "resolve",
      "Say that a blocker is out of the way; its task may go on at once",
      "  evener resolve 3 --reason 'disk added'",
      [command](Session& session) {
        return session.give(*command, [&](const Json&) {
          session.print(fmt::format("blocker {} is resolved", command->blocker));
        });
      }
  );
  verb->add_option("blocker", command->blocker, "Its number")->type_name("NUMBER")->required();
  verb->add_option("--worker", command->worker, "Who resolved it")->type_name("NAME");
  verb->add_option("--reason", command->reason, "How")->type_name("TEXT");
}

}  // namespace evener
