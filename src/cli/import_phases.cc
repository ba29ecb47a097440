#include "cli/import_phases.h"

#include <fmt/format.h>

namespace evener {

// What the plan says goes before what the pool has.
ImportPhases::ImportPhases(const Plan& plan, const HeldPool& held) : held_(held) {
  std::set<std::string> gates;
  for (const Plan* source : {&plan, &held.plan}) {
    for (const PhaseSpec& phase : source->phases) after_.emplace(phase.id, phase.after);
    for (const TaskSpec& task : source->tasks) {
      places_.emplace(task.id, Place{task.parent, task.phase});
    }
    for (const GateSpec& gate : source->gates) {
      if (!gates.insert(gate.id).second) continue;
      for (const std::string& task : gate.tasks) joined_[task].push_back(gate.id);
    }
  }
  if (after_.empty()) return;
  std::set<std::string> closing;
  for (const ImportedState& state : plan.states) {
    if (is_over(state.status)) closing.insert(state.task);
  }
  for (const auto& [task, place] : places_) {
    if (!is_over(held.state(task)) && !closing.contains(task)) stays_open(task);
  }
}

void ImportPhases::stays_open(const std::string& task) {
  const auto place = places_.find(task);
  if (place != places_.end() && !place->second.phase.empty()) open_.insert(place->second.phase);
  const auto gates = joined_.find(task);
  if (gates != joined_.end()) open_.insert(gates->second.begin(), gates->second.end());
}

std::string ImportPhases::why_shut(const std::string& task) const {
  if (after_.empty() || held_.find(task) == nullptr) return {};
  std::set<std::string> seen;  // a plan may have a circle of parents, which is refused elsewhere
  for (auto at = places_.find(task); at != places_.end() && seen.insert(at->first).second;
       at = places_.find(at->second.parent)) {
    const auto phase = after_.find(at->second.phase);
    if (phase == after_.end()) continue;
    for (const std::string& before : phase->second) {
      if (!is_shut(before)) continue;
      return fmt::format("its phase {} comes after {}, which is not over", phase->first, before);
    }
  }
  return {};
}

bool ImportPhases::is_shut(const std::string& gate) const {
  std::set<std::string> seen;
  std::vector<std::string> line{gate};
  while (!line.empty()) {
    const std::string at = std::move(line.back());
    line.pop_back();
    if (!seen.insert(at).second) continue;
    if (open_.contains(at)) return true;
    const auto after = after_.find(at);
    if (after != after_.end()) line.insert(line.end(), after->second.begin(), after->second.end());
  }
  return false;
}

}  // namespace evener
