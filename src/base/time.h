// Instants, durations and the clocks that give them. Everything that decides takes time as a
// parameter; only the edges own a Clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evener {

using Millis = std::int64_t;   // a duration in milliseconds
using Instant = std::int64_t;  // milliseconds since 1970-01-01T00:00:00Z

// What a clock read shows. `monotonic` stops while the machine sleeps, `boot` runs on; both count
// from the boot that `boot_id` names.
struct ClockReading {
  Instant wall = 0;
  Millis monotonic = 0;
  Millis boot = 0;
  std::string boot_id = {};
  bool is_synchronised = false;  // a time server keeps the wall clock
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual ClockReading read() = 0;

  // What read() would show as `monotonic`.
  virtual Millis monotonic() { return read().monotonic; }
};

// The machine's clocks.
class SystemClock : public Clock {
 public:
  SystemClock();
  ClockReading read() override;
  Millis monotonic() override;

 private:
  std::string boot_id_;
};

// Milliseconds of a clock that is never set back, for deadlines within one process.
Millis steady_ms();

// "1h30m", "45s", "250ms", "2d", or a plain number of seconds. Fails with `bad_duration`.
Result<Millis> parse_duration(std::string_view text);

// "2026-11-21T12:00:30Z" (fractions and offsets allowed), or "@1763726430000" in milliseconds.
// Fails with `bad_time`.
Result<Instant> parse_time(std::string_view text);

// The two largest units: "1h 30m", "4.2s", "250ms", "0s".
std::string format_duration(Millis duration);

// ISO 8601 in UTC with milliseconds: "2026-11-21T12:00:30.000Z".
std::string format_time(Instant instant);

}  // namespace evener
