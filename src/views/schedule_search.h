// Branch and bound for a dozen jobs: every schedule in which no job could start earlier, in order
// of starts, but for those that cannot beat the best one known.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace evener {

inline constexpr std::size_t most_searched = 12;

struct SearchJob {
  Millis duration = 0;  // above 0
  Millis release = 0;
  Millis tail = 0;           // longest chain from its start on
  std::uint32_t before = 0;  // bit i: job i comes first; i is less than its own place
  std::uint32_t kind = 0;
};

// Workers that may do the same kinds, together.
struct SearchWorkers {
  std::vector<bool> may = {};  // by kind
  std::uint32_t slots = 0;
};

struct SearchOutcome {
  Millis length = 0;
  bool complete = false;  // nothing is shorter; else the search was cut off
};

// `known` is the length of a schedule that exists. Looks at 200,000 partial schedules at most.
SearchOutcome search_schedule(
    const std::vector<SearchJob>& jobs, const std::vector<SearchWorkers>& workers, Millis known
);

}  // namespace evener
