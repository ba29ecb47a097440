// Log time: what decisions are made by. It advances by the monotonic clock under the same boot,
// else by wall time, and never backward; while a server runs, one step advances it by at most a
// second, so that sleep, a stopped process or a slow disk lapses nobody.
#pragma once

#include <string>

#include "base/fields.h"
#include "base/time.h"

namespace evener {

// When a batch was written, by every clock.
struct Stamp {
  Instant log = 0;
  Instant wall = 0;  // for people
  Millis mono = 0;   // since the boot that `boot` names
  std::string boot = {};

  static constexpr auto fields() {
    constexpr Bounds any{.required = true, .min = INT64_MIN};
    return std::tuple{
        field("log", &Stamp::log, "Log time, ms", any),
        field("wall", &Stamp::wall, "Wall time, ms since 1970 UTC", any),
        field("mono", &Stamp::mono, "Monotonic clock, ms", any),
        field("boot", &Stamp::boot, "The boot it counts from", any),
    };
  }
};

class LogClock {
 public:
  // Goes on from the newest batch; a default Stamp starts at wall time.
  explicit LogClock(Stamp last) : last_(std::move(last)) {}

  // The stamp of now; its log time is at most `longest_step` ms past the one before.
  const Stamp& advance(const ClockReading& reading, Millis longest_step = INT64_MAX);

  const Stamp& last() const { return last_; }

 private:
  Stamp last_;
};

}  // namespace evener
