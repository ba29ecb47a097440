// Workers as people see them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"
#include "views/liveness.h"

namespace evener {

struct WorkerRow {
  std::string name = {};
  std::string machine = {};
  std::string team = {};
  std::string role = {};
  std::vector<std::string> capabilities = {};
  std::int64_t slots = 1;
  Liveness liveness = Liveness::live;
  bool draining = false;
  std::string drain_reason = {};
  std::vector<std::string> holding = {};
  std::int64_t slots_taken = 0;
  Millis unheard_ms = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t released = 0;
  std::int64_t lapsed = 0;
  std::optional<Instant> set_aside_until = {};
  std::string set_aside_reason = {};
  bool may_try_one = false;
  std::string probe = {};
  std::vector<std::string> stalled = {};
  std::optional<Instant> stalled_since = {};
  std::int64_t unread = 0;
  std::int64_t urgent = 0;
  Millis report_overdue_ms = 0;
  std::vector<std::string> leads = {};

  bool operator==(const WorkerRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("name", &WorkerRow::name, "Unique in the pool", always),
        field("machine", &WorkerRow::machine, "The host it runs on", shown),
        field("team", &WorkerRow::team, "The team it belongs to", shown),
        field("role", &WorkerRow::role, "Its role", shown),
        field("capabilities", &WorkerRow::capabilities, "What it, or its machine, can do", shown),
        field("slots", &WorkerRow::slots, "Tasks it runs at once", always),
        field("liveness", &WorkerRow::liveness, "live, quiet or lost", always),
        field("draining", &WorkerRow::draining, "It gets no new task", shown),
        field("drain_reason", &WorkerRow::drain_reason, "Why", shown),
        field("holding", &WorkerRow::holding, "Tasks it runs, and locks it took by hand", always),
        field(
            "slots_taken", &WorkerRow::slots_taken, "By what it holds; a lock takes none", always
        ),
        field("unheard_ms", &WorkerRow::unheard_ms, "Since it was last heard", always),
        field("done", &WorkerRow::done, "Attempts that succeeded", always),
        field("failed", &WorkerRow::failed, "Attempts that failed", always),
        field("released", &WorkerRow::released, "Tasks it gave back", always),
        field("lapsed", &WorkerRow::lapsed, "Leases it let lapse", always),
        field(
            "set_aside_until",
            &WorkerRow::set_aside_until,
            "It failed too often, and may try one task from then on; log time"
        ),
        field("set_aside_reason", &WorkerRow::set_aside_reason, "Why", shown),
        field(
            "may_try_one",
            &WorkerRow::may_try_one,
            "It is set aside, and may try one task by now",
            shown
        ),
        field("probe", &WorkerRow::probe, "The one task that it tries, set aside", shown),
        field("stalled", &WorkerRow::stalled, "Tasks it holds that make no progress", shown),
        field("stalled_since", &WorkerRow::stalled_since, "Since when the first of them; log time"),
        field("unread", &WorkerRow::unread, "Messages it has not acknowledged", shown),
        field("urgent", &WorkerRow::urgent, "Of these, urgent", shown),
        field("report_overdue_ms", &WorkerRow::report_overdue_ms, "It owes a report", shown),
        field("leads", &WorkerRow::leads, "Roles that it leads, as role:NAME", shown),
    };
  }
};

struct WorkerListView {
  std::vector<WorkerRow> workers = {};
  std::int64_t total = 0;
  std::string next = {};

  static constexpr auto fields() {
    return std::tuple{
        field("workers", &WorkerListView::workers, "By name", always),
        field("total", &WorkerListView::total, "Known to the pool, shown or not", always),
        field(
            "next", &WorkerListView::next, "Pass it as `after` for more; empty at the end", shown
        ),
    };
  }
};

// By name, those behind `after`; at most `limit` (0: all).
WorkerListView workers_view(
    const Pool& pool, Instant now, const std::string& after = {}, std::int64_t limit = 1000
);

// The one of that name, or none; `total` counts all.
WorkerListView worker_alone(const Pool& pool, const std::string& name, Instant now);

WorkerRow row_of(const Pool& pool, WorkerIndex worker, Instant now);

}  // namespace evener
