// Plans in Markdown, as people keep them: headings are phases, owners and groups; check boxes,
// marked bullets and what stands under "Tasks" are tasks; the rest becomes notes, measures, points
// where work comes together, or is named as unread. docs/plan-format.md has the rules.
#pragma once

#include <string>
#include <string_view>

#include "formats/document.h"
#include "formats/plan.h"

namespace evener {

// `text` has been through checked_text(). A file in which nothing is a heading, a list or a label
// is `unknown_format`.
void read_markdown(std::string_view text, const std::string& file, Plan& plan, Problems& problems);

}  // namespace evener
