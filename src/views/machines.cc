#include "views/machines.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/worker_conditions.h"

namespace evener {
namespace {

// Nobody who is away, drains or is set aside could take anything.
std::int64_t free_slots(const State& state, const Worker& worker, Instant now) {
  if (worker.draining || worker.lost || !worker.health.takes_work(now)) return 0;
  const auto taken = static_cast<std::int64_t>(slots_taken(state, worker));
  const std::int64_t most = worker.health.is_set_aside() ? 1 : worker.spec.slots;
  return std::clamp<std::int64_t>(worker.spec.slots - taken, 0, most);
}

void add_worker(const Pool& pool, WorkerIndex index, Instant now, MachineRow& row) {
  const State& state = pool.state();
  const Worker& worker = state.worker(index);
  MachineWorker on{
      .name = worker.spec.name,
      .liveness = liveness_of(pool, index, now),
      .holding = {},
      .slots = worker.spec.slots,
      .free_slots = free_slots(state, worker, now)
  };
  for (const TaskIndex task : worker.holding) on.holding.push_back(state.task(task).id);
  row.slots += on.slots;
  row.free_slots += on.free_slots;
  const Millis unheard = unheard_for(pool, index, now);
  if (!row.unheard_ms || unheard < *row.unheard_ms) {
    row.unheard_ms = unheard;
    row.seen_ms = now - unheard;
  }
  row.workers.push_back(std::move(on));
  row.load = pool.loads().load_of(worker, now);
}

}  // namespace

MachineListView machines_view(const Pool& pool, Instant now) {
  const State& state = pool.state();
  std::map<std::string, MachineRow> rows;
  for (const auto& [name, machine] : state.machines) {
    MachineRow& row = rows[name];
    row.name = name;
    row.spec = machine;
    row.lends = capabilities_of(machine);
  }
  for (std::uint32_t i = 0; i < state.workers.size(); ++i) {
    const std::string& name = state.workers[i].spec.machine;
    if (name.empty()) continue;
    MachineRow& row = rows[name];
    row.name = name;
    add_worker(pool, WorkerIndex{i}, now, row);
  }
  MachineListView view;
  for (auto& [name, row] : rows) {
    std::sort(row.workers.begin(), row.workers.end(), [](const auto& a, const auto& b) {
      return a.name < b.name;
    });
    view.machines.push_back(std::move(row));
  }
  return view;
}

std::string hardware_text(const Machine& machine) {
  std::vector<std::string> parts;
  if (machine.cores > 0) {
    parts.push_back(fmt::format("{} core{}", machine.cores, machine.cores == 1 ? "" : "s"));
  }
  if (machine.memory_mb >= 1024) {
    const std::int64_t tenths = machine.memory_mb * 10 / 1024;
    parts.push_back(
        tenths % 10 == 0 ? fmt::format("{} GB", tenths / 10)
                         : fmt::format("{}.{} GB", tenths / 10, tenths % 10)
    );
  } else if (machine.memory_mb > 0) {
    parts.push_back(fmt::format("{} MB", machine.memory_mb));
  }
  if (!machine.gpus.empty()) {
    parts.push_back(fmt::format(
        "{} GPU{} ({})",
        machine.gpus.size(),
        machine.gpus.size() == 1 ? "" : "s",
        fmt::join(machine.gpus, ", ")
    ));
  }
  if (!machine.models.empty()) {
    parts.push_back(fmt::format("models {}", fmt::join(machine.models, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace evener
