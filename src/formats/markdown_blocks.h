// Where a line of a Markdown plan stands: the headings above it, and the items and labels under
// which it is indented.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/markdown_sections.h"
#include "model/task.h"

namespace evener {

// A heading, and what it means for the lines below it.
struct Section {
  std::size_t level = 0;
  SectionKind kind = SectionKind::other;
  std::string owner = {};
  std::string phase = {};
  std::string task = {};  // of a heading that is a task itself
  std::string word = {};  // the state of tasks that have no mark of their own
  std::optional<Priority> priority = {};
};

enum class Part { label, owner, task, point, other };

// A list item or label, and what it means for the lines that are indented below it.
struct Block {
  std::int64_t indent = 0;
  Part part = Part::other;
  LabelKind label = LabelKind::unknown;
  std::string owner = {};
  std::string task = {};
  std::string word = {};
  std::optional<Priority> priority = {};
  bool has_box = false;
};

// The names in `code` of a line, as they stand.
std::vector<std::string> code_in(std::string_view text);

// Without emphasis.
std::string plain(std::string text);

// At most `most` bytes, not within a character.
std::string cut(std::string text, std::size_t most);

}  // namespace evener
