// DEVELOPMENT_TASKS.md: the tasks as a list to tick, subtasks below their parents.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "views/markdown.h"
#include "views/status_files.h"

namespace evener {
namespace {

constexpr std::size_t most_open = 500;  // lines of tasks
constexpr std::size_t deepest = 6;      // levels of indentation
constexpr std::size_t most_done = 100;

std::string box_line(const Pool& pool, TaskIndex task, std::size_t level) {
  const bool is_done = pool.state().task(task).stage == Stage::done;
  std::string line = task_line(pool, task);
  line.insert(2, is_done ? "[x] " : "[ ] ");
  return std::string(2 * std::min(level, deepest), ' ') + line;
}

// The trees whose root is not closed, in order of creation, a tree as people read it.
class OpenTrees {
 public:
  explicit OpenTrees(const Pool& pool) : pool_(pool), state_(pool.state()) {}

  std::string text() {
    for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
      const TaskIndex root{i};
      if (state_.task(root).parent == no_task && !is_closed(state_.task(root).stage)) walk(root);
    }
    return std::move(out_);
  }

  std::int64_t left_out() const { return left_out_; }

 private:
  void walk(TaskIndex root) {
    std::vector<std::pair<TaskIndex, std::size_t>> stack{{root, 0}};
    while (!stack.empty()) {
      const auto [task, level] = stack.back();
      stack.pop_back();
      if (state_.task(task).stage != Stage::cancelled) show(task, level);
      const auto& children = state_.task(task).children;
      for (auto child = children.rbegin(); child != children.rend(); ++child) {
        stack.emplace_back(*child, level + 1);
      }
    }
  }

  void show(TaskIndex task, std::size_t level) {
    if (shown_ == most_open) {
      ++left_out_;
      return;
    }
    ++shown_;
    out_ += box_line(pool_, task, level);
    const bool has_checklist = state_.task(task).criteria > 0;
    if (has_checklist && !is_closed(state_.task(task).stage)) {
      out_ += criteria_lines(pool_, task, 2 * std::min(level + 1, deepest + 1));
    }
  }

  const Pool& pool_;
  const State& state_;
  std::string out_;
  std::size_t shown_ = 0;
  std::int64_t left_out_ = 0;
};

std::string tasks_title(const StatusPage&) {
  return "# Tasks\n";
}

std::string tasks_completion(const StatusPage& page) {
  const Survey& survey = page.survey;
  std::string out =
      fmt::format("- **Tasks**: {}\n", rate_text(survey.tasks.done, survey.tasks.total));
  if (survey.subtasks.total == 0) return out;
  return out + fmt::format(
                   "- **Subtasks**: {}\n", rate_text(survey.subtasks.done, survey.subtasks.total)
               );
}

std::string open(const StatusPage& page) {
  OpenTrees trees(page.pool);
  const std::string text = trees.text();
  if (text.empty()) return {};
  return "## Open\n\n" + text + more_line(trees.left_out(), "evener list");
}

std::string tasks_done(const StatusPage& page) {
  const TaskList& list = page.survey.done;
  if (list.tasks.empty()) return {};
  std::string out = "## Done\n\n";
  const std::size_t shown = std::min(most_done, list.tasks.size());
  for (std::size_t i = 0; i < shown; ++i) out += box_line(page.pool, list.tasks[i], 0);
  return out + more_line(list.total - static_cast<std::int64_t>(shown), "evener list --state done");
}

std::string tasks_failed(const StatusPage& page) {
  return list_section("Failed", page, page.survey.failed, most_done, "evener list --state failed");
}

constexpr std::array<StatusSection, 5> tasks_sections{
    tasks_title, tasks_completion, open, tasks_failed, tasks_done
};

}  // namespace

std::string tasks_file(const StatusPage& page) {
  return sections_text(page, tasks_sections);
}

}  // namespace evener
