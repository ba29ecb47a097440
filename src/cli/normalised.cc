#include "cli/normalised.h"

#include <algorithm>
#include <set>

#include "core/schedule_watch.h"

namespace evener {

TaskSpec normalised(TaskSpec task) {
  const auto sort = [](std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  };
  sort(task.capabilities);
  sort(task.secrets);
  for (const std::string& secret : task.secrets) {
    std::erase(task.capabilities, secret_capability(secret));
  }
  constexpr std::string_view by_default = "worker:";
  if (task.assignee.starts_with(by_default)) task.assignee.erase(0, by_default.size());
  std::set<std::string> needed;
  std::erase_if(task.needs, [&](const Need& need) { return !needed.insert(need.task).second; });
  return task;
}

// Its tasks get its label by themselves.
ScheduleSpec normalised(ScheduleSpec schedule) {
  schedule.task = normalised(std::move(schedule.task));
  std::erase(schedule.task.labels, label_of_schedule(schedule.id));
  return schedule;
}

}  // namespace evener
