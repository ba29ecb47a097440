#include "engine/log_clock.h"

#include <algorithm>

namespace evener {

const Stamp& LogClock::advance(const ClockReading& reading, Millis longest_step) {
  const bool is_new = last_.boot.empty() && last_.log == 0;
  const bool is_same_boot = last_.boot == reading.boot_id;
  const Millis passed = is_same_boot ? reading.monotonic - last_.mono
                                     : reading.wall - std::max(last_.wall, last_.log);
  last_.log = is_new ? reading.wall
                     : last_.log + std::clamp<Millis>(passed, 0, std::max<Millis>(longest_step, 0));
  last_.wall = reading.wall;
  last_.mono = reading.monotonic;
  last_.boot = reading.boot_id;
  if (!is_same_boot || last_.lead == 0) {
    last_.lead = reading.boot - std::max(last_.log, reading.wall);
  }
  // A machine may begin with the time at which it was switched off, and be told better later.
  if (reading.is_synchronised) last_.lead = std::min(last_.lead, reading.boot - reading.wall);
  missed_ = std::max<Millis>(reading.boot - last_.log - last_.lead, 0);
  return last_;
}

}  // namespace evener
