#include "shrink.h"

#include <algorithm>
#include <utility>

namespace evener::sim {

namespace {

StepNumbers without(const StepNumbers& all, std::size_t from, std::size_t to) {
  StepNumbers rest(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from));
  rest.insert(rest.end(), all.begin() + static_cast<std::ptrdiff_t>(to), all.end());
  return rest;
}

}  // namespace

StepNumbers shrink(
    StepNumbers all, const std::function<bool(const StepNumbers&)>& fails, std::size_t most_tries
) {
  std::size_t parts = 2;
  while (!all.empty() && most_tries > 0) {
    parts = std::min(parts, all.size());
    const std::size_t size = (all.size() + parts - 1) / parts;
    bool is_shorter = false;
    for (std::size_t from = 0; from < all.size() && most_tries > 0; from += size) {
      StepNumbers rest = without(all, from, std::min(from + size, all.size()));
      --most_tries;
      if (!fails(rest)) continue;
      all = std::move(rest);
      is_shorter = true;
      break;
    }
    if (is_shorter) {
      parts = std::max<std::size_t>(parts - 1, 2);
    } else if (size == 1) {
      break;
    } else {
      parts *= 2;
    }
  }
  return all;
}

}  // namespace evener::sim
