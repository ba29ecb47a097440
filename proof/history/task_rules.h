// What one task may answer, one operation after the other: the specification that a history is held
// against. Written from DESIGN's statements and docs/http.md; it shares no code with the rules in
// src/core, so that a mistake there is none here.
#pragma once

#include <optional>

#include "history/operation.h"

namespace evener::history {

enum class Life : std::uint8_t { open, running, lapsed, done, cancelled };

// Whether a lease has lapsed shows only in answers: `running` means "unless it lapsed unseen". That
// it cannot have lapsed before `safe_until` is what a holder relies on.
struct TaskNow {
  Life life = Life::open;
  std::int64_t fence = 0;  // newest; unknown_fence after a claim that ended in silence
  std::string holder = {};
  Millis lease_ms = 0;
  Micros safe_until = 0;

  bool operator==(const TaskNow&) const = default;
};

inline constexpr std::int64_t unknown_fence = -1;

// The task after the operation, or nothing if it cannot have been answered so. Of one that ended in
// silence: after its effect, or nothing if it can have none.
std::optional<TaskNow> after(const TaskNow& now, const Operation& operation);

}  // namespace evener::history
