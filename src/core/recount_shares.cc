// The loads of workers, counted again.
#include <algorithm>
#include <map>

#include "core/recount.h"

namespace evener {

void Recount::check_shares() {
  std::map<CapabilitySet, std::int64_t> kinds;  // slots, by what is offered
  for (const Worker& worker : state_.workers) {
    if (worker.is_employed()) kinds[worker.capabilities] += worker.spec.slots;
  }
  constexpr std::size_t most_kinds = 64;
  const WorkerShares& kept = pool_.ready_.shares();
  compare("work is shared out", kept.differ(), kinds.size() > 1 && kinds.size() <= most_kinds);
  if (!kept.differ()) return;
  std::map<CapabilitySet, Millis> work;
  for (const Task& task : state_.tasks) {
    if (task.stage != Stage::open || task.assignee != anyone || task.is_lock) continue;
    work[task.capabilities] += planned_duration(state_, task);
  }
  std::map<CapabilitySet, Millis> loads;  // of a slot, by what is offered
  for (const auto& [wanted, sum] : work) {
    std::int64_t slots = 0;
    for (const auto& [offered, count] : kinds) {
      if (state_.covers(offered, wanted)) slots += count;
    }
    for (const auto& [offered, count] : kinds) {
      if (state_.covers(offered, wanted)) loads[offered] += sum / slots;
    }
  }
  for (const auto& [offered, count] : kinds) {
    compare("the load of a kind of worker", kept.place_of(offered, 0).load, loads[offered]);
  }
  for (std::uint32_t set = 0; set < state_.capability_sets(); ++set) {
    const CapabilitySet wanted{set};
    std::optional<Millis> least;
    for (const auto& [offered, count] : kinds) {
      if (!state_.covers(offered, wanted)) continue;
      least = std::min(least.value_or(INT64_MAX), loads[offered]);
    }
    compare("the least load that may do a task", kept.of(wanted), least.value_or(0));
  }
}

}  // namespace evener
