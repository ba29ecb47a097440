#include "cli/decompose_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace evener {
namespace {

constexpr std::size_t most_problems_told = 30;

constexpr std::string_view task_of_model =
    R"(You divide work into tasks that several workers do at the same time, each on its own.
Answer with one JSON object and nothing else: {"tasks": [...]}. Each task has:
  "id"           short, lower case, unique: letters, digits and -
  "title"        one line
  "description"  all that a worker needs who knows nothing but this
  "needs"        ids of the tasks whose results it uses; [] if it can begin at once
  "estimate_ms"  how long it takes one worker, in milliseconds
  "criteria"     a list of short statements that are true once it is done
  "paths"        files or folders that it changes, as globs; leave it out if it changes none
  "requires"     what only some workers can do; leave it out if anybody can do it
Rules:
- Every task is a piece of work of its own, that one worker can finish and check.
- Name a need only where a task uses what another makes: every need that is not there lets more run
  at once. Never name one that follows from the others, and never let tasks wait in a circle.
- Tasks that may run at the same time change different files.
- Divide what is much longer than the rest, and join what is very small.
- Leave out commands; nothing of your answer is run.
)";

void append_list(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += fmt::format("{}:\n", title);
  for (const std::string& line : lines) out += fmt::format("- {}\n", line);
}

std::string task_line(const TaskSpec& task) {
  return task.title.empty() ? task.id : fmt::format("{}: {}", task.id, task.title);
}

std::vector<std::string> capabilities_in(const HeldPool& pool) {
  std::set<std::string> all;
  for (const WorkerSpec& worker : pool.plan.workers) {
    all.insert(worker.capabilities.begin(), worker.capabilities.end());
  }
  for (const Machine& machine : pool.plan.machines) {
    for (std::string& capability : capabilities_of(machine)) all.insert(std::move(capability));
  }
  return {all.begin(), all.end()};
}

void append_task(std::string& out, const HeldPool& pool, const TaskSpec& task) {
  out += fmt::format("\nThe task to be divided is {}\n", task_line(task));
  if (!task.description.empty()) out += fmt::format("Description:\n{}\n", task.description);
  append_list(out, "It is done when", task.criteria);
  append_list(out, "It changes", task.paths);
  std::vector<std::string> needed;
  std::vector<std::string> needing;
  std::vector<std::string> beside;
  for (const Need& need : task.needs) {
    const TaskSpec* const found = pool.find(need.task);
    if (found != nullptr) needed.push_back(task_line(*found));
  }
  for (const TaskSpec& other : pool.plan.tasks) {
    const bool needs_it =
        std::ranges::any_of(other.needs, [&](const Need& need) { return need.task == task.id; });
    if (needs_it) needing.push_back(task_line(other));
    if (other.parent == task.id) beside.push_back(task_line(other));
  }
  append_list(out, "What comes before it, and before all of yours without their saying so", needed);
  append_list(out, "What comes after all of it, and is not yours to do", needing);
  append_list(out, "Parts that it has already", beside);
  out += "Your tasks become parts of it. Do not name it, nor what comes after it, as a need.\n";
}

}  // namespace

std::string decompose_prompt(const DecomposeQuestion& question) {
  std::string out(task_of_model);
  if (!question.goal.empty()) out += fmt::format("\nThe goal: {}\n", question.goal);
  if (question.pool != nullptr) {
    append_list(out, "\nWhat workers can do, for \"requires\"", capabilities_in(*question.pool));
    const TaskSpec* const split =
        question.split.empty() ? nullptr : question.pool->find(question.split);
    if (split != nullptr) append_task(out, *question.pool, *split);
  }
  if (!question.spec.empty()) {
    out += fmt::format("\nWhat is known of it:\n\n{}\n", question.spec);
  }
  return out;
}

std::string mend_prompt(const std::vector<std::string>& problems) {
  std::string out = "That will not do yet. Problems:\n";
  const std::size_t told = std::min(problems.size(), most_problems_told);
  for (std::size_t i = 0; i < told; ++i) out += fmt::format("- {}\n", problems[i]);
  if (told < problems.size()) out += fmt::format("- and {} more\n", problems.size() - told);
  return out + "Answer with the whole plan again, mended, as one JSON object and nothing else.\n";
}

std::string finding_line(const PlanFinding& finding) {
  constexpr std::size_t most_tasks = 20;
  const std::size_t told = std::min(finding.tasks.size(), most_tasks);
  const auto end = finding.tasks.begin() + static_cast<std::ptrdiff_t>(told);
  return fmt::format(
      "{} {} ({}): {}",
      name_of(finding.severity),
      finding.code,
      fmt::join(finding.tasks.begin(), end, ", "),
      finding.reason
  );
}

bool is_to_mend(const PlanFinding& finding) {
  if (finding.severity == PlanSeverity::error) return true;
  constexpr std::array<std::string_view, 6> codes{
      "need_redundant",
      "paths_meet",
      "gate_empty",
      "task_long",
      "estimate_missing",
      "criteria_missing"
  };
  return std::ranges::find(codes, finding.code) != codes.end();
}

}  // namespace evener
