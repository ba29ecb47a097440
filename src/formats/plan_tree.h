// Our own plan as a tree of fields, the same for TOML and JSON.
#pragma once

#include <string>
#include <string_view>

#include "formats/document.h"
#include "formats/plan.h"

namespace evener {

// A field that holds milliseconds (`estimate_ms`) has a second name without the unit (`estimate`),
// under which it is a text ("3m"). `deadline` and planned ones are times, the others are durations.
// Empty for any other field.
constexpr std::string_view name_without_unit(std::string_view field) {
  constexpr std::string_view unit = "_ms";
  return field.ends_with(unit) ? field.substr(0, field.size() - unit.size()) : "";
}

constexpr bool is_instant(std::string_view field) {
  return field == "deadline_ms" || field.starts_with("planned_");
}

// `data` is carried into the pool's log as it is: a number that became infinite when it was parsed
// could not be written again.
Status check_data(const Json& data, const Path& path);

// A second task or worker of the same name. `where` is the place of the second.
Error duplicate_id(
    std::string_view kind, std::string_view id, std::int64_t first_line, std::string where
);

// Reads the document's tree, which is used up, into `plan`.
void read_plan_tree(Document& document, Plan& plan, Problems& problems);

}  // namespace evener
