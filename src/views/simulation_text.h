// A simulated plan for people, in a terminal `width` columns wide: the figures, and a lane for each
// worker.
#pragma once

#include <string>

#include "core/simulation.h"

namespace evener {

std::string simulation_text(const Simulation& run, int width);

// "1.0026": a ratio in millionths, rounded to four places.
std::string ratio_text(std::int64_t ppm);

}  // namespace evener
