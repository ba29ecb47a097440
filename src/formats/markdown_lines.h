// The lines of a Markdown file, told apart by what they are. Lists are told by their marker and
// indent alone: that is how people write plans, whatever a renderer would make of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evener {

enum class LineKind { heading, item, text, rule };

struct MarkdownLine {
  LineKind kind = LineKind::text;
  std::int64_t number = 0;  // in the file, from 1
  std::size_t indent = 0;   // of an item or text, in columns; a tab is four
  std::size_t level = 0;    // of a heading
  bool is_ordered = false;  // an item with a number
  char box = '\0';          // what stands in an item's check box: ' ', 'x', ...
  std::string text = {};    // without marker and check box, damage repaired, one line
};

// Blank lines, comments, tables' rules and everything within fences are left out. `known` is for
// repaired().
std::vector<MarkdownLine> markdown_lines(std::string_view text, std::u32string_view known);

}  // namespace evener
