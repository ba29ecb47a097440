// What each worker did, one thing after the other: the lanes in which a simulation is drawn.
#pragma once

#include <string>
#include <vector>

#include "core/simulation.h"

namespace evener {

struct SimulationLane {
  std::string worker = {};
  std::vector<const SimulatedAttempt*> attempts = {};  // by their start, none beside another
};

// Workers in their order; one who did several things at once has as many lanes, one who did nothing
// has none. The attempts are those of `run`, which must stay.
std::vector<SimulationLane> lanes_of(const Simulation& run);

}  // namespace evener
