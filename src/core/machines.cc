// Machines, and what they lend to the workers on them.
#include <fmt/format.h>

#include "core/decide.h"
#include "model/capability.h"

namespace evener {

Decision decide_command(const Pool& pool, const Author&, const SetMachine& command, const Moment&) {
  const auto& machines = pool.state().machines;
  const auto known = machines.find(command.machine.name);
  if (known != machines.end() && known->second == command.machine) return {};
  const Path path{nullptr, "labels", -1};
  if (const Status sound = check_offered(command.machine.labels, path); !sound.ok()) {
    return refuse({sound.error().code, sound.error().where + ": " + sound.error().message, ""});
  }
  if (known == machines.end() && machines.size() >= limits::machines_per_pool) {
    return refuse(
        {"pool_full",
         fmt::format("a pool knows at most {} machines", limits::machines_per_pool),
         "use the names again: what is said of a machine replaces what was said before"}
    );
  }
  return {.facts = {MachineSet{command.machine}}};
}

void Pool::apply_body(const MachineSet& fact, const Fact&) {
  state_.machines.insert_or_assign(fact.spec.name, fact.spec);
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
    const WorkerIndex index{i};
    if (state_.worker(index).spec.machine != fact.spec.name) continue;
    state_.worker(index).capabilities = state_.capabilities_offered(state_.worker(index).spec);
    ready_.worker_changed(index);
  }
}

}  // namespace evener
