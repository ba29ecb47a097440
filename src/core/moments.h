// What is kept of durations that were seen, and what is believed of the next one. All numbers are
// in the fixed point of core/log_scale.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/log_scale.h"

namespace evener {

// Weight, mean and squared deviations of logarithms, the newest weighing most: each observation
// takes 1 - 2^(-1/32) from the weight of those before it, so that one weighs half after 32 others.
// Updated as in West, "Updating mean and variance estimates", CACM 22(9), 1979.
struct Moments {
  std::int64_t weight = 0;  // at most 46.7
  LogMicros mean = 0;
  std::int64_t spread = 0;  // weighted sum of squared deviations from the mean
  std::int64_t count = 0;   // whole observations ever

  bool operator==(const Moments&) const = default;

  // `part` is the weight of this one, `variance` what is uncertain of it.
  void add(LogMicros value, std::int64_t part = micros, std::int64_t variance = 0) {
    const std::int64_t kept = micros - part * forgotten / micros;
    weight = weight * kept / micros + part;
    const std::int64_t deviation = value - mean;
    if (weight > 0) mean += deviation * part / weight;
    const std::int64_t square = deviation * (value - mean) / micros + variance;
    spread = spread * kept / micros + square * part / micros;
  }

  static constexpr std::int64_t forgotten = 21'428;  // 1 - 2^(-1/32)
};

// The variance within parts (the kinds of a pool, the workers of a kind): of each value against the
// mean of its own part before it came.
struct Within {
  std::int64_t weight = 0;
  std::int64_t spread = 0;

  bool operator==(const Within&) const = default;

  void add(const Moments& part, LogMicros value) {
    if (part.weight < micros) return;
    const std::int64_t deviation = value - part.mean;
    // A value and a mean of n values differ by the variance times 1 + 1/n.
    const std::int64_t square =
        deviation * deviation / micros * part.weight / (part.weight + micros);
    weight = weight - weight * Moments::forgotten / micros + micros;
    spread = spread - spread * Moments::forgotten / micros + square;
  }

  // As long as little was seen, four fifths of what all of it varies by.
  std::int64_t variance(std::int64_t total) const {
    constexpr std::int64_t assumed = 2 * micros;
    return std::max<std::int64_t>(1, (total * 8 / 5 + spread) * micros / (assumed + weight));
  }
};

// The next duration, before it is known: a Student's t on the logarithmic scale.
struct Belief {
  LogMicros mean = 0;
  std::int64_t variance = 0;
  std::int64_t strength = 0;  // how many observations the mean is worth
  std::int64_t freedom = 0;   // and the variance

  // What a part of it (a kind, a worker) is believed to do, of which `own` was seen: the normal
  // model with its conjugate prior (Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.3).
  // The prior's mean is this one's; `strength_above` observations are what it is worth.
  Belief narrowed(const Moments& own, std::int64_t within, std::int64_t strength_above) const {
    // What is known of the whole without this part.
    const std::int64_t prior_freedom =
        std::clamp(freedom - own.weight, std::min(least_freedom, freedom), most_freedom);
    const std::int64_t apart = own.mean - mean;
    Belief out{.strength = strength_above + own.weight, .freedom = prior_freedom + own.weight};
    out.mean = mean + apart * own.weight / out.strength;
    const std::int64_t from_above =
        strength_above * own.weight / out.strength * (apart * apart / micros) / micros;
    const std::int64_t squares = prior_freedom * within / micros + own.spread + from_above;
    out.variance = std::max<std::int64_t>(1, squares * micros / out.freedom);
    return out;
  }

  static constexpr std::int64_t least_freedom = 2 * micros;
  static constexpr std::int64_t most_freedom = 16 * micros;

  // How much the mean of the whole is worth to a part, in observations of the part: the variance
  // within parts over that between them, as in the James-Stein estimator in its empirical Bayes
  // form (Efron and Morris, JASA 70, 1975).
  std::int64_t strength_below(std::int64_t within) const {
    constexpr std::int64_t least = micros / 16;
    constexpr std::int64_t most = 16 * micros;
    const std::int64_t between = variance - within;
    return between <= within / 16 ? most : std::max(least, within * micros / between);
  }

  // The distance from the mean to the 90 % quantile.
  std::int64_t reach() const {
    const std::int64_t variance_of_next = variance + variance * micros / strength;
    return root_of(variance_of_next * micros) * upper_decile(std::max(freedom, micros)) / micros;
  }
};

}  // namespace evener
