// The words that other tools' plans have for how far a task is, and what a pool remembers of them.
// Task Master's words are the common ones: a Markdown plan's marks are read as one of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/task.h"

namespace evener {

// Our word for it: "in-progress" -> "running", "blocked" -> "held". nullopt: we do not know it.
std::optional<std::string_view> state_of_word(std::string_view word);

// The word for a task that is in `state` in our pool. `stated` is the word that it was imported
// with ("" if none); it stays as long as it is no less true: a task that came as "in-progress" is
// ready here until somebody claims it, and is "in-progress" still when it is written.
std::string_view word_of_state(std::string_view state, std::string_view stated);

// The word that a task's file had for it when it was last imported: `data.stated`. It tells whether
// a file says something new of a task, or repeats what the pool has gone beyond since. "" is
// "pending", which is not written down.
std::string stated_word(const TaskSpec& task);
void set_stated_word(TaskSpec& task, std::string_view word);

}  // namespace evener
