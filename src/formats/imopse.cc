// After a heading there is a table of resources (number, salary, skills as "Q1: 2") and one of
// tasks (number, duration, the skill it needs, the tasks that come before it).
#include <fmt/format.h>

#include "formats/instance_lines.h"
#include "formats/schedule_instance.h"

namespace evener {
namespace {

struct Skill {
  std::string name;
  std::int64_t level = 0;
};

// "Q1:" and "2", two words from `at` on.
Result<Skill> read_skill(const InstanceLines& lines, std::size_t at) {
  constexpr std::int64_t highest = 20;
  constexpr std::size_t longest_name = 32;
  const bool is_there = at < lines.words().size();
  const std::string_view word = is_there ? lines.words()[at] : "";
  if (word.size() < 2 || word.size() > longest_name || !word.ends_with(':')) {
    return lines.expected(
        "a skill such as 'Q1: 2'", is_there ? "another word" : "the end of the line"
    );
  }
  return Skill{
      .name = std::string(word.substr(0, word.size() - 1)),
      .level = TRY(lines.whole(at + 1, "the skill's level", 0, highest))
  };
}

Result<WorkerSpec> read_worker(const InstanceLines& lines) {
  const std::int64_t id = TRY(lines.whole(0, "a resource's number", 1, workers_per_instance));
  WorkerSpec worker{.name = fmt::format("w{}", id)};
  for (std::size_t at = 2; at < lines.words().size(); at += 2) {
    const Skill skill = TRY(read_skill(lines, at));
    worker.capabilities.push_back(fmt::format("{}={}", skill.name, skill.level));
  }
  return worker;
}

Result<TaskSpec> read_imopse_task(const InstanceLines& lines) {
  const std::int64_t id = TRY(lines.whole(0, "a task's number", 1, tasks_per_instance));
  TaskSpec task{.id = fmt::format("t{}", id)};
  task.estimate_ms =
      TRY(lines.whole(1, "the task's duration", 0, longest_in_instance)) * instance_unit_ms;
  const Skill skill = TRY(read_skill(lines, 2));
  task.capabilities = {fmt::format("{}>={}", skill.name, skill.level)};
  for (std::size_t at = 4; at < lines.words().size(); ++at) {
    const std::int64_t before = TRY(lines.whole(at, "a predecessor", 1, tasks_per_instance));
    task.needs.push_back({fmt::format("t{}", before), Until::done});
  }
  return task;
}

}  // namespace

Result<ScheduleInstance> read_imopse(std::string_view text, const std::string& file) {
  InstanceLines lines(text, file);
  ScheduleInstance instance;
  instance.plan.settings = instance_settings();
  const auto is_over = [&] { return lines.contains("===="); };
  TRY(lines.find("ResourceID"));
  TRY(lines.need("a resource"));
  while (!is_over()) {
    if (std::ssize(instance.plan.workers) == workers_per_instance) {
      return lines.expected(fmt::format("at most {} resources", workers_per_instance), "more");
    }
    instance.plan.workers.push_back(TRY(read_worker(lines)));
    TRY(lines.need("a resource, or ===="));
  }
  TRY(lines.find("TaskID"));
  TRY(lines.need("a task"));
  while (!is_over()) {
    if (std::ssize(instance.plan.tasks) == tasks_per_instance) {
      return lines.expected(fmt::format("at most {} tasks", tasks_per_instance), "more");
    }
    instance.plan.tasks.push_back(TRY(read_imopse_task(lines)));
    TRY(lines.need("a task, or ===="));
  }
  return instance;
}

}  // namespace evener
