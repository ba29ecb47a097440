#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

void add_gate(CommandLine& line) {
  const auto spec = std::make_shared<GateSpec>();
  CLI::App* const verb = line.add(
      "gate",
      "Describe a gate: a point that opens when its tasks are done, such as an integration point",
      "  evener gate raft-regions raft multiregion --between 'instance 2,instance 3'\n"
      "  evener gate release docs tests --approver role:coordinator",
      [spec](Session& session) {
        return session.give(SetGate{*spec}, [&](const Json&) {
          session.print(fmt::format("described the gate {}", spec->id));
        });
      }
  );
  verb->add_option("gate", spec->id, "Its id: phases name it with --after")
      ->type_name("ID")
      ->required();
  verb->add_option("tasks", spec->tasks, "The tasks that it joins")->type_name("TASK");
  verb->add_option("--title", spec->title, "One line")->type_name("TEXT");
  verb->add_option("--between", spec->between, "Whose work meets here")
      ->type_name("WHO")
      ->delimiter(',');
  verb->add_option("--approver", spec->approver, "Whose approval it waits for")->type_name("WHO");
}

}  // namespace evener
