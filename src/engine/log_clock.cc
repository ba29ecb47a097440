#include "engine/log_clock.h"

#include <algorithm>

namespace evener {

const Stamp& LogClock::advance(const ClockReading& reading, Millis longest_step) {
  const bool is_new = last_.boot.empty() && last_.log == 0;
  const Millis passed =
      last_.boot == reading.boot_id ? reading.monotonic - last_.mono : reading.wall - last_.wall;
  last_.log = is_new ? reading.wall
                     : last_.log + std::clamp<Millis>(passed, 0, std::max<Millis>(longest_step, 0));
  last_.wall = reading.wall;
  last_.mono = reading.monotonic;
  last_.boot = reading.boot_id;
  return last_;
}

}  // namespace evener
