// Our own plan as a tree of fields, the same for TOML and JSON.
#pragma once

#include <array>
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

// The members that a plan of ours may have.
inline constexpr std::array<std::string_view, 18> plan_parts{
    "pool",
    "settings",
    "defaults",
    "worker",
    "workers",
    "phase",
    "phases",
    "gate",
    "gates",
    "machine",
    "machines",
    "task",
    "tasks",
    "measure",
    "measures",
    "schedule",
    "schedules",
    "$schema"
};

// A short name for a title that has no letters for an id, or shares them with another.
std::string digest_of(const std::string& title);

// The id of a task that has none: from its title, or from the title's digest if there is no letter
// in it that an id may have, so that every such title has its own.
std::string id_of_title(const std::string& title);

// Reads the document's tree, which is used up, into `plan`.
void read_plan_tree(Document& document, Plan& plan, Problems& problems);

}  // namespace evener
