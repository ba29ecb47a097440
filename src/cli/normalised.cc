#include "cli/normalised.h"

#include <utility>

#include "core/edit.h"
#include "core/schedule_watch.h"

namespace evener {

TaskSpec normalised(TaskSpec task) {
  normalise(task);
  return task;
}

// Its tasks get its label by themselves.
ScheduleSpec normalised(ScheduleSpec schedule) {
  schedule.task = normalised(std::move(schedule.task));
  std::erase(schedule.task.labels, label_of_schedule(schedule.id));
  return schedule;
}

}  // namespace evener
