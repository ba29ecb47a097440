// How attempts at a sort of work ended, by one worker, one model, or all of them. Whole numbers,
// the same after a replay.
#pragma once

#include "core/moments.h"

namespace evener {

// The counts are of all attempts ever; the weights forget as Moments do, so that a worker that has
// become better, or worse, is soon seen to be.
struct Tries {
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t reworked = 0;  // of the done: the task was reopened afterwards
  std::int64_t weight = 0;    // fixed point, at most 46.7 attempts
  std::int64_t good = 0;      // how much of it was done, and stayed done

  bool operator==(const Tries&) const = default;

  std::int64_t all() const { return done + failed; }

  void add(bool is_done) {
    const auto kept = [](std::int64_t of) { return of - of * Moments::forgotten / micros; };
    weight = kept(weight) + micros;
    good = kept(good) + (is_done ? micros : 0);
    ++(is_done ? done : failed);
  }

  // What counted as done is to be done again.
  void rework() {
    ++reworked;
    good = std::max<std::int64_t>(0, good - micros);
  }

  // The share of the next attempts that will be done and stay done, of a whole of which `above` is
  // believed: the mean of a beta distribution whose prior has the mean of the whole and is worth
  // `strength` attempts (Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.3). Few attempts
  // move little. Never 0.
  std::int64_t share(std::int64_t above, std::int64_t strength) const {
    const std::int64_t sum = strength + weight;
    return std::max<std::int64_t>(1, above * strength / sum + good * micros / sum);
  }
};

}  // namespace evener
