// The reports that workers owe while they hold tasks. A note, a finding, a finish, a message, a
// blocker, or a progress line that says something new is one, and so is claiming a task. A progress
// line that is kept beside the log counts while the server runs that heard it.
#pragma once

#include <string>

#include "core/pool.h"

namespace evener {

// How often the worker reports; 0: it need not.
Millis report_interval(const State& state, WorkerIndex worker);

// From when its present interval counts: its last report, or a server's start.
Instant reported_at(const Pool& pool, WorkerIndex worker);

// How long its report is overdue; 0 if it is not, or owes none.
Millis report_overdue_for(const Pool& pool, WorkerIndex worker, Instant now);

// When a missing report is told of next, how loudly (ReportOverdue) and to whom; at 0: it is not.
struct ReportStep {
  Instant at = 0;
  std::int64_t level = 0;
  std::string to = {};
};

ReportStep next_report_step(const Pool& pool, WorkerIndex worker);

}  // namespace evener
