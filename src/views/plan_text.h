// What `evener plan check` found, as text for a terminal or a pipe.
#pragma once

#include <string>

#include "core/plan_findings.h"
#include "views/terminal.h"

namespace evener {

// `source`: what was examined, a file's name or a pool's.
std::string plan_text(
    const std::string& source, const PlanExamination& examined, const Style& style
);

}  // namespace evener
