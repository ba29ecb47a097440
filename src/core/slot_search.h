// The shortest schedule of a few independent tasks on equal slots, some of which are busy for a
// while yet, by branch and bound. Longest first takes at most 4/3 - 1/3m times as long (Graham,
// "Bounds on multiprocessing timing anomalies", 1969), and loses most where two or three tasks come
// to a slot.
#pragma once

#include <vector>

#include "base/time.h"

namespace evener {

// An order in which idle slots take the tasks so that all end as soon as can be, as places in
// `durations`: longest first if that is as good, or if nothing better was found by looking at
// `most_nodes` partial schedules. `busy` holds, for each slot, how long it is busy; there is one.
std::vector<std::size_t> shortest_order(
    const std::vector<Millis>& durations, std::vector<Millis> busy, std::size_t most_nodes
);

}  // namespace evener
