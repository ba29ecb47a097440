// What an import would do, shown and not done.
#pragma once

#include "cli/held_pool.h"
#include "cli/import_difference.h"
#include "cli/session.h"
#include "formats/plan.h"

namespace evener {

// `measures` are the lines of stated_and_listed().
JsonObject preview_json(
    const Plan& plan, const ImportDifference& difference, const std::vector<std::string>& measures
);
std::string preview_text(
    const Plan& plan, const ImportDifference& difference, const std::vector<std::string>& measures
);

}  // namespace evener
