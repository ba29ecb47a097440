// Plans in Markdown, as people keep them: headings are phases and owners, check boxes and marked
// bullets are tasks.
#pragma once

#include <string>
#include <string_view>

#include "formats/document.h"
#include "formats/plan.h"

namespace evener {

void read_markdown(std::string_view text, const std::string& file, Plan& plan, Problems& problems);

}  // namespace evener
