// Short scripts, ended at every point at which they change the disk, with every way in which what
// was not flushed may survive; and the start after that, ended at every point too.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "statements.h"

namespace evener::sim {

struct CrashPointCounts {
  std::uint64_t points = 0;     // operations at which a script, or a start after it, was ended
  std::uint64_t survivals = 0;  // patterns tried at these, each followed by a start
};

struct CrashPointReport {
  std::optional<Breach> breach = {};
  std::string where = {};  // script, operation and pattern
  CrashPointCounts counts = {};
};

// `said` is told of each script once it is through.
CrashPointReport try_crash_points(const std::function<void(const std::string&)>& said);

}  // namespace evener::sim
