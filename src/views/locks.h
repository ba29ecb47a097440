// Locks: everything that is held, by whom and for how long, and who waits for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

struct HeldLock {
  std::string lock = {};
  bool is_path = false;
  bool shared = false;
  std::int64_t units = 1;
  std::string worker = {};
  std::string task = {};
  std::string title = {};
  Instant since = 0;
  Instant expires = 0;
  Millis left_ms = 0;

  bool operator==(const HeldLock&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("lock", &HeldLock::lock, "A path glob or the name of a resource", always),
        field("is_path", &HeldLock::is_path, "Which of the two", always),
        field("shared", &HeldLock::shared, "Others may share it", always),
        field("units", &HeldLock::units, "How many of a resource that has several", shown),
        field("worker", &HeldLock::worker, "Who holds it", always),
        field("task", &HeldLock::task, "For which task", always),
        field("title", &HeldLock::title, "Of the task", shown),
        field("since", &HeldLock::since, "Since when, log time", always),
        field("expires", &HeldLock::expires, "When its lease lapses, log time", always),
        field("left_ms", &HeldLock::left_ms, "Until then; never negative", always),
    };
  }
};

// A ready task that cannot have its locks now, and the first that is in its way.
struct LockWaiter {
  std::string task = {};
  std::string title = {};
  Instant since = 0;
  std::string wants = {};
  std::string held = {};
  std::string by_task = {};
  std::string by_worker = {};
  bool kept = false;

  bool operator==(const LockWaiter&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &LockWaiter::task, "Which waits", always),
        field("title", &LockWaiter::title, "One line", shown),
        field("since", &LockWaiter::since, "Since when it is ready, log time", always),
        field("wants", &LockWaiter::wants, "What it cannot have", always),
        field("held", &LockWaiter::held, "What is in the way of it", shown),
        field("by_task", &LockWaiter::by_task, "Of which task", shown),
        field("by_worker", &LockWaiter::by_worker, "Who holds that", shown),
        field("kept", &LockWaiter::kept, "Held by nobody, but kept for that task", shown),
    };
  }
};

struct LocksView {
  std::vector<HeldLock> held = {};
  std::int64_t held_total = 0;
  std::vector<LockWaiter> waiting = {};
  std::int64_t waiting_total = 0;
  Instant log_time = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("held", &LocksView::held, "What is held, by name", always),
        field("held_total", &LocksView::held_total, "How much, shown or not", always),
        field("waiting", &LocksView::waiting, "Who waits, longest first", always),
        field("waiting_total", &LocksView::waiting_total, "How many, shown or not", always),
        field("log_time", &LocksView::log_time, "Milliseconds since 1970, by the log", always),
    };
  }
};

// With `who`, a path or the name of a resource: only who holds that, and who waits for these. At
// most `limit` of each (0: all).
LocksView locks_view(const Pool& pool, const std::string& who, std::int64_t limit, Instant now);

}  // namespace evener
