#include "views/simulation_lanes.h"

#include <algorithm>
#include <map>

namespace evener {

std::vector<SimulationLane> lanes_of(const Simulation& run) {
  std::map<std::string, std::vector<SimulationLane>> by_worker;
  for (const SimulatedAttempt& attempt : run.attempts) {
    std::vector<SimulationLane>& lanes = by_worker[attempt.worker];
    const auto free = std::find_if(lanes.begin(), lanes.end(), [&](const SimulationLane& lane) {
      return lane.attempts.back()->ended_ms <= attempt.started_ms;
    });
    if (free != lanes.end()) {
      free->attempts.push_back(&attempt);
    } else {
      lanes.push_back({attempt.worker, {&attempt}});
    }
  }
  std::vector<SimulationLane> all;
  for (const SimulatedWorker& worker : run.workers) {
    for (SimulationLane& lane : by_worker[worker.worker]) all.push_back(std::move(lane));
  }
  return all;
}

}  // namespace evener
