#include "formats/markdown_tasks.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/plan_check.h"
#include "formats/plan_tree.h"
#include "formats/status_words.h"

namespace evener {
namespace {

std::string parent_of_number(const std::string& id) {
  const std::size_t dot = id.rfind('.');
  return dot == std::string::npos ? "" : id.substr(0, dot);
}

template <typename T>
void add_missing(std::vector<T>& to, const std::vector<T>& from) {
  for (const T& item : from) {
    if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
  }
}

}  // namespace

Error MentionedTasks::second(const std::string& id, std::int64_t first_line) const {
  return duplicate_id("task", id, first_line, "");
}

// Tasks of two owners by the same title are told apart by their owners, and titles that differ
// only behind what fits an id by their digests.
Status MentionedTasks::name_by_title(TaskSpec& spec) const {
  const std::string name = id_of_title(spec.title);
  spec.id = spec.parent.empty() ? name : spec.parent + "." + name;
  const auto found = places_.find(spec.id);
  if (found == places_.end()) return Done{};
  const TaskMention& other = tasks_[found->second];
  if (spec.title != other.spec.title) {
    spec.id += "-" + digest_of(spec.title);
  } else if (!spec.assignee.empty() && spec.assignee != other.spec.assignee) {
    spec.id += "-" + spec.assignee;
  }
  const auto again = places_.find(spec.id);
  if (again != places_.end()) return second(spec.id, tasks_[again->second].line);
  return Done{};
}

Result<std::string> MentionedTasks::add(TaskMention mention) {
  TaskSpec& spec = mention.spec;
  if (spec.id.empty()) {
    TRY(name_by_title(spec));
    return add_new(std::move(mention));
  }
  if (const std::string above = parent_of_number(spec.id); !above.empty()) {
    spec.parent = above;
    if (!contains(above)) {
      TaskMention implied{.line = mention.line};
      implied.spec.id = above;
      implied.spec.parent = parent_of_number(above);
      implied.spec.phase = spec.phase;
      if (!implied.spec.parent.empty() && !contains(implied.spec.parent)) {
        implied.spec.parent.clear();
      }
      TRY(add_new(std::move(implied)));
      implied_.insert(above);
    }
  } else if (spec.parent == spec.id) {
    spec.parent.clear();
  }
  const auto found = places_.find(spec.id);
  if (found == places_.end()) return add_new(std::move(mention));
  TaskMention& task = tasks_[found->second];
  const bool is_implied = implied_.contains(spec.id);
  if (task.section == mention.section && !is_implied && !spec.title.empty()) {
    return second(spec.id, task.line);
  }
  const std::string id = spec.id;
  merge(task, std::move(mention));
  return id;
}

Result<std::string> MentionedTasks::add_new(TaskMention mention) {
  const std::string id = mention.spec.id;
  TRY(check_text(id, id_bounds, Path{}));
  if (tasks_.size() == tasks_per_plan) {
    return Error{"too_many", fmt::format("more than {} tasks", tasks_per_plan)};
  }
  places_.emplace(id, tasks_.size());
  tasks_.push_back(std::move(mention));
  return id;
}

void MentionedTasks::merge(TaskMention& task, TaskMention mention) {
  TaskSpec& spec = task.spec;
  if (implied_.erase(spec.id) > 0) {
    task.line = mention.line;
    task.section = mention.section;
  }
  if (spec.title.empty()) spec.title = mention.spec.title;
  if (spec.assignee.empty()) spec.assignee = mention.spec.assignee;
  if (spec.phase.empty()) spec.phase = mention.spec.phase;
  if (spec.priority == Priority::normal) spec.priority = mention.spec.priority;
  add_missing(spec.needs, mention.spec.needs);
  add_missing(spec.paths, mention.spec.paths);
  add_missing(spec.prefers, mention.spec.prefers);
  if (task.word.empty()) {
    task.word = mention.word;
  } else if (!mention.word.empty() && mention.word != task.word) {
    notices_.push_back(fmt::format(
        "{} is {} at line {} and {} at line {}: the first is taken",
        spec.id,
        task.word,
        task.line,
        mention.word,
        mention.line
    ));
  }
}

void MentionedTasks::describe(const std::string& id, std::string_view text) {
  std::string& description = spec(id).description;
  if (description.size() + text.size() >= limits::text_bytes) return;
  if (!description.empty()) description += '\n';
  description += text;
}

// A remark that a task is done counts where its own lines do not say otherwise, and what stands
// below a task that is done, without a mark of its own, is done too.
void MentionedTasks::settle_states() {
  for (TaskMention& task : tasks_) {
    if (!task.word.empty()) continue;
    const auto parent = places_.find(task.spec.parent);
    const bool is_below_done = parent != places_.end() && tasks_[parent->second].word == "done";
    if (is_below_done || done_.contains(task.spec.id)) task.word = "done";
  }
}

void MentionedTasks::add_state(const TaskMention& task, Plan& plan) const {
  const auto status = state_of_word(task.word);
  if (!status) return;
  ImportedState state{.task = task.spec.id, .status = std::string(*status)};
  state.worker = task.spec.assignee;
  state.word = task.word;
  plan.states.push_back(std::move(state));
}

void MentionedTasks::finish(const std::string& file, Plan& plan, Problems& problems) {
  settle_states();
  for (const std::string& notice : notices_) plan.notices.push_back(notice);
  for (TaskMention& task : tasks_) {
    std::erase_if(task.spec.needs, [&](const Need& need) { return need.task == task.spec.id; });
    if (task.word != "pending") set_stated_word(task.spec, task.word);
    const Status sound = check_task(task.spec, Path{});
    if (!sound.ok()) {
      Error error = sound.error();
      error.where = file_place(file, {task.line, 1});
      problems.add(std::move(error));
    }
    add_state(task, plan);
    for (const Need& need : task.spec.needs) {
      if (!contains(need.task)) {
        plan.outside.push_back({need.task, file_place(file, {task.line, 1})});
      }
    }
    plan.tasks.push_back(task.spec);
  }
  if (!problems.empty()) return;
  const std::vector<std::string> cycle = cycle_among(plan.tasks);
  if (cycle.empty()) return;
  problems.add(
      {"cycle",
       fmt::format("these would wait for one another for ever: {}", fmt::join(cycle, " -> ")),
       file_place(file, {tasks_[places_.at(cycle.front())].line, 1})}
  );
}

}  // namespace evener
