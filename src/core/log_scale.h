// Durations on a logarithmic scale, in integers: what is learned of them stands in the state, and
// must come out the same on every machine, which no library's log() and exp() promise. One unit is
// a millionth of a natural logarithm of milliseconds.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace evener {

using LogMicros = std::int64_t;

inline constexpr std::int64_t micros = 1'000'000;  // one, as a fixed-point number

// ln(duration), to 2 millionths; a duration below a millisecond counts as one.
LogMicros log_of(Millis duration);

// The reverse, rounded to a millisecond; from 1 ms to limits::longest_duration.
Millis millis_of(LogMicros log);

// The square root of a number that is not negative, rounded down.
std::int64_t root_of(std::int64_t number);

// The 90 % quantile of Student's t with `freedom` degrees (fixed point, at least 1): from a table
// in 1/freedom, to 0.002.
std::int64_t upper_decile(std::int64_t freedom);

// What it tells of a standard normal value that it is above `z` (fixed point): the share of values
// below z, the mean of those above, and their variance. From a table, for z from -3 to 3.
struct Above {
  std::int64_t share_below = 0;
  std::int64_t mean = 0;
  std::int64_t variance = 0;
};

Above above(std::int64_t z);

}  // namespace evener
