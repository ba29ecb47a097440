// How long a command may run when nothing more is heard from whoever started it: told to a process
// beside it, which ends it also while its starter is stopped.
#pragma once

#include "base/time.h"

namespace evener {

// Times are of the boot clock (ClockReading::boot), which all processes of a machine share.
struct TimeLimit {
  Millis ask_at = 0;   // SIGTERM
  Millis kill_at = 0;  // SIGKILL, not before `ask_at`

  bool operator==(const TimeLimit&) const = default;
};

// ClockReading::boot of the machine's clock.
Millis boot_ms();

// poll(2) does not count the time that the machine sleeps, but leases and time limits do: whoever
// waits for one looks at the boot clock this often.
inline constexpr Millis longest_nap_ms = 1000;

}  // namespace evener
