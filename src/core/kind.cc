#include "core/kind.h"

#include <algorithm>

namespace evener {
namespace {

bool is_figure(char c) {
  return c >= '0' && c <= '9';
}

std::string id_pattern(const std::string& id) {
  std::string out;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (!is_figure(id[i])) {
      out += id[i];
    } else if (i == 0 || !is_figure(id[i - 1])) {
      out += '#';
    }
  }
  return out;
}

}  // namespace

std::string kind_of(const TaskSpec& task) {
  if (!task.kind.empty()) return task.kind;
  std::string out;
  if (std::any_of(task.id.begin(), task.id.end(), is_figure)) out = id_pattern(task.id);
  std::vector<std::string> labels = task.labels;
  std::sort(labels.begin(), labels.end());
  for (const std::string& label : labels) {
    // Whole labels only: a kind is a text that people read.
    if (out.size() + label.size() + 2 > limits::id_bytes) break;
    if (!out.empty()) out += ' ';
    out += '+' + label;
  }
  return out;
}

}  // namespace evener
