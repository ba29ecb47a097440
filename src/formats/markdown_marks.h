// What people mark in a line of a plan: how far it is, how urgent, what comes first, which tasks
// and files it names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/task.h"

namespace evener {

// The symbols that mark a state or stand before a heading, for repaired().
std::u32string_view plan_symbols();

// A line with its marks taken off.
struct MarkedText {
  std::string text = {};   // what is left: a title
  std::string label = {};  // of "**Label**: value" or "Label: value"; "" if it has none
  std::string value = {};  // behind the label
  std::string word = {};   // of its state, as Task Master's; "" if it has no mark
  std::string id = {};     // "21.4" of "Task 21.4: ...", "21.4: ..." or "... (21.4)"
  bool id_leads = false;   // it stood in front
  std::optional<Priority> priority = {};
  bool is_unassigned = false;
  std::vector<std::string> needs = {};    // "(after Task 2)", "depends on Task 16"
  std::vector<std::string> paths = {};    // `src/a.cc`
  std::vector<std::string> remarks = {};  // in parentheses, and no mark of ours
};

MarkedText marked_text(std::string_view line, char box = '\0');

// The word for what stands in a check box; "" for a character that means nothing to us.
std::string_view word_of_box(char box);

// The state's word that a heading or label gives what stands below it: "Active Tasks".
std::string_view word_of_heading(std::string_view heading);
std::optional<Priority> priority_of_heading(std::string_view heading);

bool looks_like_path(std::string_view text);

}  // namespace evener
