// The globs over paths that the simulator's people write, and whether two of them meet, as
// docs/locks.md describes it: the witness's own, by trying paths.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evener::sim {

// A task's are all relative or all absolute.
std::span<const std::string_view> relative_globs();
std::span<const std::string_view> absolute_globs();

// What must be refused as a path.
std::span<const std::string_view> unreadable_globs();

// "shared:src/**", without its "shared:".
bool is_shared(const std::string& wish);
std::string glob_of(const std::string& wish);

// Whether these can be what a task touches.
bool may_be_paths(const std::vector<std::string>& wishes);

// Whether the glob matches the path.
bool covers(std::string_view glob, std::string_view path);

// Whether there is a path that both match. Exact for the globs above.
bool meet(const std::string& a, const std::string& b);

}  // namespace evener::sim
