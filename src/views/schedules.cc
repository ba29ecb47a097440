#include "views/schedules.h"

namespace evener {

ScheduleListView schedules_view(const Pool& pool) {
  const State& state = pool.state();
  ScheduleListView view;
  for (const auto& [id, schedule] : state.records.schedules) {
    ScheduleRow row{
        .id = id,
        .title = schedule.spec.task.title,
        .every_ms = schedule.spec.every_ms,
        .on = schedule.spec.on,
        .made = schedule.made,
        .wanted = schedule.wanted
    };
    for (const TaskIndex task : pool.schedule_watch().open_of(id)) {
      row.open.push_back(state.task(task).id);
    }
    if (schedule.spec.stopped) {
      row.state = ScheduleState::stopped;
    } else if (!row.open.empty()) {
      row.state = ScheduleState::open;
    }
    if (schedule.last_at != 0) row.last_at = schedule.last_at;
    if (schedule.spec.every_ms && !schedule.spec.stopped) row.next_at = schedule.next_at();
    view.schedules.push_back(std::move(row));
  }
  return view;
}

}  // namespace evener
