#include "cli/this_machine.h"

#include <fmt/format.h>

#include "views/machines.h"

namespace evener {
namespace {

// A name that no capability could hold is left out: the others still count.
std::vector<std::string> fitting(const std::vector<std::string>& names) {
  std::vector<std::string> kept;
  for (const std::string& name : names) {
    if (name.size() <= limits::part_bytes && kept.size() < limits::parts_per_machine)
      kept.push_back(name);
  }
  return kept;
}

}  // namespace

Result<Machine> known_machine(Client& client, const std::string& name) {
  Query query;
  query.kind = QueryKind::machines;
  const auto view = TRY(ask_for<MachineListView>(client, query));
  for (const MachineRow& row : view.machines) {
    if (row.name == name && row.spec) return *row.spec;
  }
  return Machine{.name = name};
}

void take_over(const Inventory& inventory, Machine& machine) {
  machine.cores = inventory.cores;
  machine.memory_mb = inventory.memory_mb;
  machine.gpus = fitting(inventory.gpus);
  machine.models = fitting(inventory.models);
}

Status describe_this_machine(Client& client, const std::string& name, const Inventory& inventory) {
  const Machine known = TRY(known_machine(client, name));
  Machine machine = known;
  take_over(inventory, machine);
  if (machine == known) return Done{};
  const Answer answer = TRY(call_one(client, SetMachine{std::move(machine)}));
  if (answer.ok) return Done{};
  return Error{answer.refusal->code, answer.refusal->message};
}

}  // namespace evener
