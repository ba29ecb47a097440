#include "cli/plan_locks.h"

#include <map>
#include <string>

namespace evener {

std::size_t leave_out_locks(Plan& plan, const HeldPool& held) {
  std::map<std::string, std::string> parents;  // of the locks
  for (const TaskSpec& task : plan.tasks) {
    const bool is_left_out = task.kind == lock_kind && held.find(task.id) == nullptr;
    if (is_left_out) parents.emplace(task.id, task.parent);
  }
  if (parents.empty()) return 0;
  const auto is_lock = [&](const std::string& task) { return parents.contains(task); };
  const auto needs_lock = [&](const Need& need) { return is_lock(need.task); };
  const auto is_of_lock = [&](const auto& entry) { return is_lock(entry.task); };
  std::erase_if(plan.tasks, [&](const TaskSpec& task) { return is_lock(task.id); });
  for (TaskSpec& task : plan.tasks) {
    std::erase_if(task.needs, needs_lock);
    for (std::size_t up = 0; is_lock(task.parent) && up < parents.size(); ++up) {
      task.parent = std::string(parents.at(task.parent));
    }
  }
  for (GateSpec& gate : plan.gates) std::erase_if(gate.tasks, is_lock);
  for (ScheduleSpec& schedule : plan.schedules) std::erase_if(schedule.task.needs, needs_lock);
  std::erase_if(plan.measure_specs, is_of_lock);
  std::erase_if(plan.states, is_of_lock);
  std::erase_if(plan.notes, is_of_lock);
  return parents.size();
}

}  // namespace evener
