#include "worker/time_limit.h"

#include <ctime>

namespace evener {

Millis boot_ms() {
  constexpr Millis per_second = 1000;
  constexpr Millis nanos = 1'000'000;
  timespec now = {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * per_second + now.tv_nsec / nanos;
}

}  // namespace evener
