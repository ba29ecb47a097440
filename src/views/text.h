// Views as text for a terminal or a pipe. Nothing is said by colour alone, and no text that
// somebody wrote can move the cursor or turn the line.
#pragma once

#include <string>

#include "views/blockers.h"
#include "views/estimates.h"
#include "views/inbox.h"
#include "views/locks.h"
#include "views/log.h"
#include "views/machines.h"
#include "views/marks.h"
#include "views/phases.h"
#include "views/schedules.h"
#include "views/status.h"
#include "views/tasks.h"
#include "views/terminal.h"
#include "views/why.h"
#include "views/workers.h"

namespace evener {

std::string status_text(const StatusView& view, const Style& style);

// `now` in log time, for ages.
std::string list_text(const TaskListView& view, Instant now, const Style& style);
std::string task_text(const TaskView& view, Instant now, const Style& style);
std::string workers_text(const WorkerListView& view, const Style& style);
std::string phases_text(const PhaseListView& view, const Style& style);
std::string blockers_text(const BlockerListView& view, const Style& style);
std::string locks_text(const LocksView& view, Instant now, const Style& style);
std::string machines_text(const MachineListView& view, const Style& style);
std::string inbox_text(const InboxView& view, Instant now, const Style& style);
std::string measures_text(const MeasureListView& view, Instant now, const Style& style);
std::string marks_text(const MarkListView& view, const Style& style);
std::string schedules_text(const ScheduleListView& view, Instant now, const Style& style);
std::string estimates_text(const EstimatesView& view, const Style& style);
std::string skills_text(const EstimatesView& view, const Style& style);
std::string why_text(const WhyView& view, const Style& style);

// "12  2026-11-21T12:00:30Z  walnut-1 claimed restore-8000 (attempt 2, fence 41, lease 30s)"
std::string fact_line(const Fact& fact, const Style& style);

// What frees most of a pool in which nothing moves; "" if it moves.
std::string relief_text(const std::optional<ReliefRow>& relief, const Style& style);

// The state's word, coloured.
std::string state_text(TaskState state, const Style& style);
Colour colour_of(TaskState state);

}  // namespace evener
