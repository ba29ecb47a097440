#include "views/timeline_block.h"

#include <algorithm>

namespace evener {

int TimelineScale::column(Instant at) const {
  return static_cast<int>(std::min<Millis>((at - from) * columns / length, columns));
}

void draw_block(std::string& line, const TimelineScale& scale, const TimelineBlock& block) {
  constexpr int shortest_named = 3;
  const int first = std::min(scale.column(block.from), scale.columns - 1);
  const int last = std::max(first, scale.column(block.to) - 1);
  const int width = last - first + 1;
  std::string drawn(static_cast<std::size_t>(width), '=');
  if (width >= shortest_named) {
    drawn.front() = '[';
    const std::size_t room = static_cast<std::size_t>(width) - 2;
    const std::string_view label = block.label.substr(0, room);
    drawn.replace(1, label.size(), label);
  }
  if (width >= shortest_named || block.mark == 'x') drawn.back() = block.mark;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    char& cell = line[static_cast<std::size_t>(first) + i];
    if (cell != 'x' || drawn[i] == 'x') cell = drawn[i];
  }
}

}  // namespace evener
