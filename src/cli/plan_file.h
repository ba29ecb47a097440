// Files that plans are written into: their form by their name, and their place and mode kept.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace evener {

// Whether a plan in a file by this name is JSON, or TOML. Of a symbolic link, the name of what it
// leads to counts.
bool is_json_file(const std::string& file);
bool is_toml_file(const std::string& file);

// Whether there is a folder in which the file can be written. Changes nothing.
Status check_plan_file(const std::string& file);

// Replaces the file at once. One that is there keeps its mode, and a symbolic link stays one: what
// it leads to is replaced.
Status write_plan_file(const std::string& file, std::string_view text);

}  // namespace evener
