// A stretch of somebody's time, drawn into a line of text: [its-label====], the last sign telling
// how it ended.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace evener {

// How a stretch of time lies on columns of text.
struct TimelineScale {
  Instant from = 0;
  Millis length = 1;
  int columns = 1;

  int column(Instant at) const;
};

struct TimelineBlock {
  Instant from = 0;
  Instant to = 0;
  std::string_view label = {};
  char mark = ']';
};

// Draws over what stands in `line`, which is as long as the scale is wide. One too short for its
// label is a mere stroke; one marked x shows it at any length, and nothing is drawn over an x.
void draw_block(std::string& line, const TimelineScale& scale, const TimelineBlock& block);

}  // namespace evener
