#include "views/task_order.h"

#include <algorithm>

#include "base/text.h"
#include "views/tasks.h"

namespace evener {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The same order for plain bytes: letters in lower case, and before each number of up to nine
// digits how long it is.
std::string sortable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 4);
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      out += lower_case(text[i++]);
      continue;
    }
    while (i + 1 < text.size() && text[i] == '0' && is_digit(text[i + 1])) ++i;
    std::size_t end = i;
    while (end < text.size() && end - i < 9 && is_digit(text[end])) ++end;
    out += static_cast<char>('0' + (end - i));
    out += text.substr(i, end - i);
    i = end;
  }
  return out;
}

std::int64_t urgency(TaskState state) {
  switch (state) {
    case TaskState::failed:
      return 0;
    case TaskState::held:
      return 1;
    case TaskState::running:
      return 2;
    case TaskState::ready:
      return 3;
    case TaskState::waiting:
      return 4;
    case TaskState::done:
      return 5;
    case TaskState::cancelled:
      return 6;
  }
  return 7;
}

std::string text_key(const State& state, TaskIndex index, TaskOrder order) {
  const Task& task = state.task(index);
  if (order == TaskOrder::id) return sortable(task.id);
  if (order == TaskOrder::title) return sortable(title_of(state, index));
  const bool has_worker = task.stage != Stage::open && task.worker != no_worker;
  return has_worker ? sortable(state.worker(task.worker).spec.name) : "\x7f";  // nobody comes last
}

std::int64_t number_key(const Pool& pool, TaskIndex index, TaskOrder order) {
  const Task& task = pool.state().task(index);
  switch (order) {
    case TaskOrder::state:
      return urgency(pool.state_of(index));
    case TaskOrder::priority:
      return static_cast<std::int64_t>(task.priority);
    case TaskOrder::since:
      return task.since;
    case TaskOrder::attempts:
      return task.attempts;
    default:
      return index.value;
  }
}

template <typename Key>
void sort_by(
    std::vector<std::pair<Key, TaskIndex>>& keyed,
    std::vector<TaskIndex>& tasks,
    bool is_descending,
    std::size_t most
) {
  const auto comes_first = [is_descending](const auto& one, const auto& other) {
    if (one.first != other.first) return (one.first < other.first) != is_descending;
    return one.second < other.second;
  };
  const auto shown = keyed.begin() + static_cast<std::ptrdiff_t>(std::min(most, keyed.size()));
  std::partial_sort(keyed.begin(), shown, keyed.end(), comes_first);
  for (std::size_t i = 0; i < keyed.size(); ++i) tasks[i] = keyed[i].second;
}

}  // namespace

void sort_tasks(
    const Pool& pool,
    std::vector<TaskIndex>& tasks,
    TaskOrder order,
    bool is_descending,
    std::size_t most
) {
  const bool by_text =
      order == TaskOrder::id || order == TaskOrder::title || order == TaskOrder::worker;
  if (by_text) {
    std::vector<std::pair<std::string, TaskIndex>> keyed;
    keyed.reserve(tasks.size());
    for (const TaskIndex task : tasks) {
      keyed.emplace_back(text_key(pool.state(), task, order), task);
    }
    return sort_by(keyed, tasks, is_descending, most);
  }
  std::vector<std::pair<std::int64_t, TaskIndex>> keyed;
  keyed.reserve(tasks.size());
  for (const TaskIndex task : tasks) keyed.emplace_back(number_key(pool, task, order), task);
  sort_by(keyed, tasks, is_descending, most);
}

}  // namespace evener
