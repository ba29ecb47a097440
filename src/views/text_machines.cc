#include <fmt/format.h>

#include "views/text.h"

namespace evener {

std::string machines_text(const MachineListView& view, const Style& style) {
  if (view.machines.empty()) {
    return "no machine is known: evener machine NAME, or evener work --machine NAME\n";
  }
  Table table;
  table.columns = {
      {"MACHINE", false, true},
      {"DOMAIN", false, true},
      {"ADDRESS", false, true},
      {"FREE", true},
      {"HEARD", true},
      {"WORKERS", false, true},
      {"HARDWARE", false, true},
      {"LABELS", false, true},
      {"LOAD"}
  };
  for (const MachineRow& row : view.machines) {
    const Machine machine = row.spec.value_or(Machine{});
    std::string workers;
    for (const MachineWorker& worker : row.workers) {
      if (!workers.empty()) workers += ", ";
      workers += worker.name;
      if (worker.liveness != Liveness::live) {
        workers += fmt::format(" ({})", name_of(worker.liveness));
      } else if (!worker.holding.empty()) {
        workers += fmt::format(" ({})", fmt::join(worker.holding, " "));
      }
    }
    table.rows.push_back(
        {{row.name, Colour::bold},
         {machine.domain},
         {machine.address},
         {fmt::format("{}/{}", row.free_slots, row.slots)},
         {row.unheard_ms ? format_duration(*row.unheard_ms) + " ago" : "never"},
         {workers},
         {row.spec ? hardware_text(machine) : "not described"},
         {fmt::format("{}", fmt::join(machine.labels, " "))},
         {row.load ? fmt::format("{}% cpu, {}% memory", row.load->cpu, row.load->memory) : ""}}
    );
  }
  return table.text(style);
}

}  // namespace evener
