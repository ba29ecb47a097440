#include "core/machine_loads.h"

#include <algorithm>

#include "core/worker_conditions.h"

namespace evener {
namespace {

constexpr Millis told_for = 60'000;

AssigneeIndex machine_of(const Worker& worker) {
  const auto& [self, role, machine, team] = worker.answers_to;
  return machine == anyone ? self : machine;
}

}  // namespace

MachineLoads::Counted MachineLoads::count(const Worker& worker) const {
  return {
      machine_of(worker), worker.spec.slots, static_cast<std::int64_t>(slots_taken(state_, worker))
  };
}

void MachineLoads::touch(WorkerIndex index) {
  if (is_touched_.size() <= index.value) is_touched_.resize(state_.workers.size());
  if (is_touched_[index.value]) return;
  is_touched_[index.value] = true;
  touched_.push_back(index);
}

void MachineLoads::recount(WorkerIndex index) const {
  if (counted_.size() <= index.value) counted_.resize(state_.workers.size());
  const Counted now = count(state_.worker(index));
  Counted& before = counted_[index.value];
  if (before == now) return;
  machines_[before.machine].slots -= before.slots;
  machines_[before.machine].running -= before.running;
  machines_[now.machine].slots += now.slots;
  machines_[now.machine].running += now.running;
  before = now;
}

const MachineLoads::Machines& MachineLoads::machines() const {
  for (const WorkerIndex index : touched_) {
    is_touched_[index.value] = false;
    recount(index);
  }
  touched_.clear();
  return machines_;
}

void MachineLoads::told(WorkerIndex worker, const MachineLoad& load, Instant now) {
  Sums& machine = machines_[machine_of(state_.worker(worker))];
  machine.load = load;
  machine.told_at = now;
}

std::optional<MachineLoad> MachineLoads::load_of(const Worker& worker, Instant now) const {
  const auto found = machines_.find(machine_of(worker));
  if (found == machines_.end() || found->second.told_at == 0) return std::nullopt;
  if (now - found->second.told_at > told_for) return std::nullopt;
  return found->second.load;
}

std::int64_t MachineLoads::busy(const Worker& worker, Instant now) const {
  const Machines& all = machines();
  const auto found = all.find(machine_of(worker));
  if (found == all.end()) return 0;
  const Sums& machine = found->second;
  std::int64_t busy = machine.running * 1000 / std::max<std::int64_t>(machine.slots, 1);
  if (const auto load = load_of(worker, now))
    busy = std::max({busy, load->cpu * 10, load->memory * 10});
  return busy;
}

}  // namespace evener
