#include "views/status_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "views/markdown.h"
#include "views/tasks.h"

namespace evener {
namespace {

constexpr std::size_t most_words = 16;    // roles, focus paths, needs named in a line
constexpr std::size_t most_workers = 20;  // with a line of their own

std::string reason_of(const State& state, TaskIndex task) {
  const TaskExtras* extras = state.find_extras(task);
  if (extras == nullptr || extras->reason.empty()) return {};
  return ": " + markdown_text(extras->reason);
}

std::string by_worker(const State& state, const Task& task) {
  if (task.worker == no_worker) return {};
  return " by " + markdown_code(state.worker(task.worker).spec.name);
}

std::string open_needs_text(const State& state, const Task& task) {
  std::vector<std::string> names;
  std::size_t more = 0;
  for (const NeedEdge& need : task.needs) {
    if (state.task(need.task).stage == Stage::done) continue;
    if (names.size() < most_words) {
      names.push_back(markdown_code(state.task(need.task).id));
    } else {
      ++more;
    }
  }
  if (names.empty() && task.open_children > 0) {
    const char* plural = task.open_children == 1 ? "" : "s";
    return fmt::format("waiting for {} subtask{}", task.open_children, plural);
  }
  if (names.empty()) return "waiting";
  const std::string rest = more == 0 ? "" : fmt::format(" and {} more", more);
  return fmt::format("waiting for {}{}", fmt::join(names, ", "), rest);
}

// Keeps the order in which they came.
class WordList {
 public:
  void add(const std::string& word) {
    if (word.empty() || std::find(words_.begin(), words_.end(), word) != words_.end()) return;
    if (words_.size() == most_words) {
      ++more_;
    } else {
      words_.push_back(word);
    }
  }

  std::string line(std::string_view name) const {
    if (words_.empty()) return {};
    std::vector<std::string> names;
    for (const std::string& word : words_) names.push_back(markdown_code(word));
    const std::string rest = more_ == 0 ? "" : fmt::format(" and {} more", more_);
    return fmt::format("- **{}**: {}{}\n", name, fmt::join(names, ", "), rest);
  }

 private:
  std::vector<std::string> words_;
  std::size_t more_ = 0;
};

}  // namespace

std::vector<StatusFile> status_files(const Pool& pool, const RecentFacts& recent) {
  const Survey survey = survey_of(pool);
  const StatusPage page{pool, survey, recent};
  std::vector<StatusFile> files;
  for (const Agent& agent : survey.agents) {
    const StatusPage its{pool, survey, recent, &agent};
    const std::string name = fmt::format("AGENT_STATUS_{}.md", agent.file_name);
    files.push_back({name, "agent", agent_file(its), true});
  }
  files.push_back({"CLUSTER_ISSUES.md", "issues", issues_file(page), true});
  files.push_back({"CLUSTER_STATUS.md", "cluster", cluster_file(page)});
  files.push_back({"COORDINATION_LOG.md", "log", log_file(page)});
  files.push_back({"DEVELOPMENT_TASKS.md", "tasks", tasks_file(page)});
  return files;
}

std::string sections_text(const StatusPage& page, std::span<const StatusSection> sections) {
  std::string out;
  for (const StatusSection section : sections) {
    const std::string text = section(page);
    if (text.empty()) continue;
    if (!out.empty()) out += '\n';
    out += text;
  }
  return out;
}

std::string task_text(const Pool& pool, TaskIndex task) {
  const std::string title = title_of(pool.state(), task);
  const std::string id = markdown_code(pool.state().task(task).id);
  return title.empty() ? id : id + " " + markdown_text(title);
}

std::string state_text(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  switch (pool.state_of(index)) {
    case TaskState::running: {
      const Attempt& attempt = *state.find_attempt(index);
      const std::string again =
          attempt.number == 1 ? "" : fmt::format(", attempt {}", attempt.number);
      return fmt::format(
          "running: {} since {}{}",
          markdown_code(state.worker(attempt.worker).spec.name),
          minute_text(attempt.started),
          again
      );
    }
    case TaskState::done:
      return fmt::format("done {}{}", minute_text(task.since), by_worker(state, task));
    case TaskState::failed:
      return fmt::format(
          "failed {} after {} attempt{}{}",
          minute_text(task.since),
          task.attempts,
          task.attempts == 1 ? "" : "s",
          reason_of(state, index)
      );
    case TaskState::held:
      return "held" + reason_of(state, index);
    case TaskState::waiting:
      return open_needs_text(state, task);
    case TaskState::ready:
    case TaskState::cancelled:
      break;
  }
  return std::string(name_of(pool.state_of(index)));
}

std::string task_line(const Pool& pool, TaskIndex index) {
  const Task& task = pool.state().task(index);
  std::string about = state_text(pool, index);
  if (task.priority <= Priority::high && !is_closed(task.stage)) {
    about = fmt::format("**{}**, {}", name_of(task.priority), about);
  }
  if (task.assignee != anyone && task.stage == Stage::open) {
    about += ", for " + markdown_code(pool.state().assignee(task.assignee));
  }
  return fmt::format("- {} ({})\n", task_text(pool, index), about);
}

std::string list_section(
    std::string_view heading,
    const StatusPage& page,
    const TaskList& list,
    std::size_t most,
    std::string_view more
) {
  if (list.tasks.empty()) return {};
  std::string out = fmt::format("## {}\n\n", heading);
  const std::size_t count = std::min(most, list.tasks.size());
  for (std::size_t i = 0; i < count; ++i) out += task_line(page.pool, list.tasks[i]);
  return out + more_line(list.total - static_cast<std::int64_t>(count), more);
}

std::string more_line(std::int64_t more, std::string_view command) {
  return more <= 0 ? "" : fmt::format("- {} more: `{}`\n", more, command);
}

std::string criteria_lines(const Pool& pool, TaskIndex task, std::size_t indent) {
  const TaskExtras* extras = pool.state().find_extras(task);
  const TaskSpec spec = spec_of(pool.state(), task);
  std::string out;
  for (std::size_t i = 0; i < spec.criteria.size(); ++i) {
    const bool is_ticked = extras != nullptr && (extras->ticked >> i & 1U) != 0;
    out.append(indent, ' ');
    out += fmt::format("- [{}] {}\n", is_ticked ? 'x' : ' ', markdown_text(spec.criteria[i]));
  }
  return out;
}

std::string entries_by_day(
    const StatusPage& page,
    std::size_t most,
    std::string_view day_heading,
    const std::function<bool(const RecentEntry&)>& wanted
) {
  const auto& entries = page.recent.entries();
  std::string out;
  std::string day;
  std::size_t count = 0;
  std::size_t left_out = 0;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!wanted(*entry)) continue;
    if (count == most) {
      ++left_out;
      continue;
    }
    ++count;
    if (std::string its_day = day_text(entry->at); its_day != day) {
      day = std::move(its_day);
      out += fmt::format("{}{} {}\n\n", out.empty() ? "" : "\n", day_heading, day);
    }
    out += fmt::format("- {} {}\n", clock_text(entry->at), markdown_text(entry->text, 0));
  }
  if (!out.empty() && (left_out > 0 || page.recent.has_older())) {
    out += "- older ones: `evener log`\n";
  }
  return out;
}

std::string role_lines(const State& state, const std::vector<WorkerIndex>& workers) {
  WordList roles;
  WordList teams;
  WordList focus;
  WordList capabilities;
  for (const WorkerIndex index : workers) {
    const WorkerSpec& spec = state.worker(index).spec;
    roles.add(spec.role);
    teams.add(spec.team);
    for (const std::string& path : spec.focus) focus.add(path);
    for (const std::string& capability : state.capabilities(state.worker(index).capabilities)) {
      capabilities.add(capability);
    }
  }
  return roles.line("Role") + teams.line("Team") + focus.line("Focus") +
         capabilities.line("Capabilities");
}

std::string now_lines(const Pool& pool, const std::vector<WorkerIndex>& workers) {
  const State& state = pool.state();
  std::vector<TaskIndex> tasks;
  for (const WorkerIndex worker : workers) {
    const auto& holding = state.worker(worker).holding;
    tasks.insert(tasks.end(), holding.begin(), holding.end());
  }
  std::sort(tasks.begin(), tasks.end());
  std::string out;
  const std::size_t count = std::min(tasks.size(), most_workers);
  for (std::size_t i = 0; i < count; ++i) {
    out +=
        fmt::format("- **Now**: {} ({})\n", task_text(pool, tasks[i]), state_text(pool, tasks[i]));
  }
  return out +
         more_line(static_cast<std::int64_t>(tasks.size() - count), "evener list --state running");
}

std::string next_lines(const Pool& pool, const std::vector<WorkerIndex>& workers) {
  const State& state = pool.state();
  std::vector<TaskIndex> offered;
  for (std::size_t i = 0; i < std::min(workers.size(), most_workers); ++i) {
    const Worker& worker = state.worker(workers[i]);
    if (worker.draining || worker.lost || !worker.health.takes_work(pool.now())) continue;
    const TaskIndex task = pool.ready().best_for(worker, pool.now());
    const bool is_new = std::find(offered.begin(), offered.end(), task) == offered.end();
    if (task != no_task && is_new) offered.push_back(task);
  }
  std::string out;
  for (const TaskIndex task : offered) {
    out += fmt::format("- **Next**: {}\n", task_text(pool, task));
  }
  return out;
}

}  // namespace evener
