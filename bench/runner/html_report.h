// A run as one page that stands alone: no script, no request, readable as a file.
#pragma once

#include <string>
#include <vector>

#include "results.h"

namespace evener {

std::string html_report(const RunRow& run, const std::vector<Measurement>& measurements);

}  // namespace evener
