// A simulated plan as a picture: a lane for each worker, a block for each task, with its name where
// there is room and in its tooltip. One file that needs no other; light and dark by the reader's
// setting.
#pragma once

#include <string>

#include "core/simulation.h"

namespace evener {

std::string simulation_svg(const Simulation& run);

}  // namespace evener
