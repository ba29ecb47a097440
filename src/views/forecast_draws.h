// What tasks take in one play of a pool (core/pool_play.h), drawn from what is believed of them:
// the same for the same seed, whoever is at work.
#pragma once

#include "core/pool_play.h"

namespace evener {

class ForecastDraws {
 public:
  // `start` outlives this.
  ForecastDraws(const PlayStart& start, std::uint64_t seed, std::int64_t run)
      : start_(start), seed_(seed), run_(run) {}

  // What is left of the task if that worker does it. Of one that runs: given that it has not ended.
  Millis left(std::uint32_t task, std::uint32_t worker) const;

 private:
  const PlayStart& start_;
  std::uint64_t seed_;
  std::int64_t run_;
};

// The same if nothing is drawn: in five of ten cases it takes no longer.
Millis expected_left(const PlayStart& start, std::uint32_t task, std::uint32_t worker);

}  // namespace evener
