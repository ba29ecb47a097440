// Words and numbers in a line of a Markdown plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evener {

bool is_digit(char c);
bool is_letter(char c);  // of ASCII
bool is_space(char c);

std::string lower_case(std::string_view text);
std::string without(std::string text, std::string_view part);  // and without the space before it

// Whether `word` stands in `text` by itself, in any case.
bool has_word(std::string_view text, std::string_view word);

// The task's number at the front, "21.4", or "".
std::string_view number_at(std::string_view text);
bool is_task_number(std::string_view text);  // nothing but that

// The numbers that follow "Task", "Tasks", "subtasks from", ...: "Tasks 5, 11-20" names eleven.
// Fails with `bad_value` for a range that counts backward, with `too_many` beyond a thousand.
Result<std::vector<std::string>> ids_named(std::string_view text);

}  // namespace evener
