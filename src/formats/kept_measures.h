// What a foreign file states of figures and criteria, as measures of a pool.
#pragma once

#include <string>
#include <vector>

#include "formats/plan.h"

namespace evener {

struct KeptMeasures {
  std::vector<MeasureSpec> measures = {};
  std::vector<StatedMeasure> left = {};  // that hold no number
};

// "18/32 main tasks completed" is 18 of 32 tasks, "> 80%" a goal of 80 %, "met" and "open" are 1
// and 0 of 1. Names are those of the file; the second of the same name gets a 2 behind it.
KeptMeasures kept_measures(const std::vector<StatedMeasure>& stated);

}  // namespace evener
