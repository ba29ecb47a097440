// Descriptions as the pool keeps them: what it would not call a change is none.
#pragma once

#include "model/schedule.h"
#include "model/task.h"

namespace evener {

TaskSpec normalised(TaskSpec task);
ScheduleSpec normalised(ScheduleSpec schedule);

}  // namespace evener
