// The first number is the count of tasks; then there is a line for each: its number from 0, its
// time, how many come before it, and which. The first and the last are dummies that take no time;
// some files count them, some do not. A line that begins with # ends the graph.
#include <fmt/format.h>

#include "formats/instance_lines.h"
#include "formats/schedule_instance.h"

namespace evener {

namespace {

Result<TaskSpec> read_stg_task(const InstanceLines& lines, std::int64_t id) {
  TRY(lines.whole(0, "the task's number", id, id));
  const Millis takes = TRY(lines.whole(1, "the task's time", 0, longest_in_instance));
  const std::int64_t needs = TRY(lines.whole(2, "the number of predecessors", 0, id));
  TaskSpec task{.id = fmt::format("t{}", id)};
  task.estimate_ms = takes * instance_unit_ms;
  for (std::int64_t i = 0; i < needs; ++i) {
    const auto word = static_cast<std::size_t>(3 + i);
    const std::int64_t before = TRY(lines.whole(word, "a predecessor", 0, tasks_per_instance));
    if (before != 0) task.needs.push_back({fmt::format("t{}", before), Until::done});
  }
  if (lines.words().size() > static_cast<std::size_t>(3 + needs)) {
    return lines.expected(fmt::format("{} predecessors", needs), "more");
  }
  return task;
}

}  // namespace

Result<ScheduleInstance> read_stg(std::string_view text, const std::string& file) {
  constexpr std::int64_t dummies = 2;
  InstanceLines lines(text, file);
  TRY(lines.need("the number of tasks"));
  const std::int64_t count = TRY(lines.whole(0, "the number of tasks", 1, tasks_per_instance));
  std::vector<TaskSpec> tasks;
  while (lines.next() && !lines.words().front().starts_with('#')) {
    tasks.push_back(TRY(read_stg_task(lines, std::ssize(tasks))));
    const bool is_first = tasks.size() == 1;
    if (is_first && tasks.front().estimate_ms != 0) {
      return lines.expected("a first task that takes no time", "one that does");
    }
    if (std::ssize(tasks) > count + dummies) {
      return lines.expected(fmt::format("{} tasks", count), "more");
    }
  }
  const bool is_whole = std::ssize(tasks) == count + dummies || std::ssize(tasks) == count;
  if (!is_whole || std::ssize(tasks) <= dummies || tasks.back().estimate_ms != 0) {
    return lines.expected(
        fmt::format("{} tasks between two that take no time", count),
        fmt::format("{} in all", tasks.size())
    );
  }
  tasks.pop_back();
  tasks.erase(tasks.begin());
  ScheduleInstance instance;
  instance.plan.settings = instance_settings();
  instance.plan.tasks = std::move(tasks);
  return instance;
}

}  // namespace evener
