// Files that we and people write together. Between a pair of markers, each on a line of its own,
// stands what is ours and is replaced; everything else is theirs and kept byte for byte:
//
//     <!-- evener:begin NAME -->      <!-- evener:inbox -->
//     ours                            lines that anybody adds
//     <!-- evener:end NAME -->        <!-- evener:inbox-end -->
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evener {

// What stands between two markers, as bytes of the file: from `begin` up to `end`.
struct KeptRegion {
  std::string name;  // "" for the inbox
  std::size_t begin = 0;
  std::size_t end = 0;
};

// All regions of a file, in order. Fails with `damaged_markers`, `where` being FILE:LINE: a begin
// without its end, an end without its begin, one within another, a name twice, or a line that
// begins like a marker and is none.
Result<std::vector<KeptRegion>> find_regions(std::string_view file, const std::string& where);

// The region of that name, or null.
const KeptRegion* region_named(const std::vector<KeptRegion>& regions, std::string_view name);

// The file with `text` (whole lines) between the markers of `name`; they are added below what is
// theirs if they are not there. Fails as find_regions() does.
Result<std::string> with_block(
    std::string_view file, std::string_view name, std::string_view text, const std::string& where
);

// The file with an empty inbox at its end, if it has none. Fails as find_regions() does.
Result<std::string> with_inbox(std::string_view file, const std::string& where);

}  // namespace evener
