// A forecast as people read it.
#pragma once

#include <string>

#include "views/forecast_view.h"
#include "views/terminal.h"

namespace evener {

std::string forecast_view_text(const ForecastView& view, const Style& style);

}  // namespace evener
