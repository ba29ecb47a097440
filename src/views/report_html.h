// A report as one HTML file that needs nothing else: figures, a table of runs to compare, a drawn
// timeline, workers, chapters, attempts. It holds no script, and what somebody wrote stands in it
// as text.
#pragma once

#include <string>
#include <vector>

#include "views/report.h"

namespace evener {

struct NamedReport {
  std::string name = {};
  Report report = {};
};

// All about the first run; the others stand beside it in the table of runs. At least one.
std::string report_html(const std::vector<NamedReport>& runs);

}  // namespace evener
