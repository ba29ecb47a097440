// Machines: the hosts that workers run on, as somebody or something described them. What a machine
// has, every worker on it can do: see capabilities_of().
#pragma once

#include <string>
#include <vector>

#include "model/task.h"

namespace evener {

struct Machine {
  std::string name = {};
  std::string address = {};
  std::string domain = {};
  std::int64_t cores = 0;
  std::int64_t memory_mb = 0;
  std::vector<std::string> gpus = {};
  std::vector<std::string> models = {};
  std::vector<std::string> labels = {};

  bool operator==(const Machine&) const = default;

  static constexpr auto fields() {
    constexpr Bounds parts{.max_bytes = limits::part_bytes, .max_items = limits::parts_per_machine};
    constexpr Bounds words{.max_bytes = limits::id_bytes, .max_items = limits::names_per_task};
    return std::tuple{
        field("name", &Machine::name, "Unique in the pool; workers name it", required_id),
        field("address", &Machine::address, "Where it is reached", line_bounds),
        field("domain", &Machine::domain, "What fails together: a rack, a room, a site", id_bounds),
        field("cores", &Machine::cores, "Of its processors; 0: not known", {.max = 1'000'000}),
        field(
            "memory_mb",
            &Machine::memory_mb,
            "Of main memory; 0: not known",
            {.max = 1'000'000'000'000}
        ),
        field("gpus", &Machine::gpus, "Names of its GPUs, each as often as it is there", parts),
        field("models", &Machine::models, "Models that it serves", parts),
        field("labels", &Machine::labels, "Other capabilities of every worker on it", words),
    };
  }
};

// What every worker on it can do: `gpu` if it has any, `gpu:NAME` for each, `model=NAME` for each
// model, and its labels.
std::vector<std::string> capabilities_of(const Machine& machine);

// Describes a machine, whole: what is left out is not known.
struct SetMachine {
  static constexpr std::string_view type = "set_machine";
  Machine machine = {};

  static constexpr auto fields() {
    return std::tuple{
        field("machine", &SetMachine::machine, "The machine", {.required = true}),
    };
  }
};

struct MachineSet {
  static constexpr std::string_view type = "machine_set";
  Machine spec = {};

  static constexpr auto fields() {
    return std::tuple{field("spec", &MachineSet::spec, "The machine")};
  }
};

}  // namespace evener
