#include "formats/status_words.h"

#include <algorithm>
#include <array>

namespace evener {
namespace {

constexpr std::string_view stated_key = "stated";

struct Word {
  std::string_view word;
  std::string_view state;
  std::string_view also_true_in;  // other states of ours in which the word may stay
};

// The first row of a state is the word that it is written as.
constexpr std::array<Word, 9> words = {{
    {"pending", "ready", "waiting"},
    {"in-progress", "running", "ready waiting"},
    {"review", "reviewing", "ready waiting"},
    {"done", "done", ""},
    {"completed", "done", ""},
    {"cancelled", "cancelled", ""},
    {"deferred", "held", ""},
    {"blocked", "held", "failed"},
    {"failed", "failed", ""},
}};

bool names(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::string_view first = list.substr(0, list.find(' '));
    if (first == word) return true;
    list.remove_prefix(std::min(first.size() + 1, list.size()));
  }
  return false;
}

bool is_open(std::string_view state) {
  return state == "ready" || state == "waiting";
}

}  // namespace

std::optional<std::string_view> state_of_word(std::string_view word) {
  if (word.empty()) return std::nullopt;
  for (const Word& row : words) {
    if (row.word == word) return row.state;
  }
  return std::nullopt;
}

std::string_view word_of_state(std::string_view state, std::string_view stated) {
  const auto row =
      std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.word == stated; });
  if (row != words.end() && (row->state == state || names(row->also_true_in, state))) return stated;
  // A word that we do not know, of a task that has not begun.
  if (row == words.end() && !stated.empty() && is_open(state)) return stated;
  if (state == "failed") return "blocked";
  if (state == "verifying" || state == "integrating") return "in-progress";
  for (const Word& word : words) {
    if (word.state == state) return word.word;
  }
  return "pending";
}

std::string stated_word(const TaskSpec& task) {
  if (task.data.text.empty()) return "";
  const Result<Json> data = parse_json(task.data.text);
  if (!data.ok() || !data->is_object()) return "";
  const Json* word = data->get_object().if_contains(stated_key);
  return word != nullptr && word->is_string() ? std::string(word->get_string()) : "";
}

void set_stated_word(TaskSpec& task, std::string_view word) {
  if (stated_word(task) == word) return;
  Result<Json> data =
      task.data.text.empty() ? Result<Json>(Json(JsonObject{})) : parse_json(task.data.text);
  if (!data.ok() || !data->is_object()) return;
  JsonObject& object = data->get_object();
  object.stable_erase(stated_key);
  if (!word.empty()) object[stated_key] = word;
  task.data.text = object.empty() ? "" : to_text(*data);
}

}  // namespace evener
