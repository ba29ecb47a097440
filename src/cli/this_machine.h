// What is known of a machine, and what this one is found to have.
#pragma once

#include <string>

#include "client/client.h"
#include "model/machine.h"
#include "worker/inventory.h"

namespace evener {

// The machine as the pool knows it; nothing but its name if it was not described.
Result<Machine> known_machine(Client& client, const std::string& name);

// Takes over what was detected. What only people know (address, domain, labels) stays.
void take_over(const Inventory& inventory, Machine& machine);

// Describes the machine `name` by what was detected here, unless the pool knows all of it.
Status describe_this_machine(Client& client, const std::string& name, const Inventory& inventory);

}  // namespace evener
