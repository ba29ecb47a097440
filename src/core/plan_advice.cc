// What costs a plan time, and what it leaves open.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/plan_finding_list.h"

namespace evener {
namespace {

// Tasks with work of their own: the work of a parent is that of its subtasks.
std::vector<PlanNode> working_tasks(const PlanGraph& graph) {
  std::vector<PlanNode> out;
  for (PlanNode task = 0; task < graph.task_count(); ++task) {
    if (!graph.has_subtasks(task)) out.push_back(task);
  }
  return out;
}

void find_pinned(const PlanGraph& graph, FindingList& out) {
  std::map<std::string, std::vector<std::string>> by_worker;
  for (const TaskSpec& task : graph.tasks()) {
    if (task.assignee.empty() || task.assignee_delay_ms) continue;
    const Assignee assignee = parse_assignee(task.assignee);
    if (assignee.kind == AssigneeKind::worker) by_worker[assignee.name].push_back(task.id);
  }
  for (auto& [worker, tasks] : by_worker) {
    std::string change = fmt::format("evener edit {} --assignee-delay 10m", tasks.front());
    out.warn(
        "assignee_pinned",
        std::move(tasks),
        fmt::format("only {} may take it: it waits for that worker, and goes down with it", worker),
        std::move(change)
    );
  }
}

template <typename Says>
void find_silent(
    const PlanGraph& graph,
    const std::vector<PlanNode>& working,
    std::string_view what,
    std::string_view change,
    const Says& says,
    FindingList& out
) {
  std::vector<std::string> silent;
  for (const PlanNode task : working) {
    if (!says(graph.tasks()[task])) silent.push_back(graph.name(task));
  }
  if (silent.empty()) return;
  std::string proposal = fmt::format("evener edit {} {}", silent.front(), change);
  std::string reason = fmt::format("{} of {} tasks say no {}", silent.size(), working.size(), what);
  out.warn(
      fmt::format("{}_missing", what), std::move(silent), std::move(reason), std::move(proposal)
  );
}

}  // namespace

// Of a plan in which nothing can run at once every task is one, which its shape says already; and
// what comes last holds nothing up.
void find_bottlenecks(const PlanGraph& graph, FindingList& out) {
  if (graph.task_count() < 3) return;
  const std::vector<bool> passes = passes_all(graph);
  if (std::find(passes.begin(), passes.end(), false) == passes.end()) return;
  std::vector<std::string> tasks;
  std::string reason;
  std::size_t left = graph.task_count();
  for (const PlanNode node : graph.order()) {
    if (!graph.is_task(node)) continue;
    --left;
    if (!passes[node] || left == 0 || graph.has_subtasks(node)) continue;
    const std::size_t before = graph.task_count() - left - 1;
    reason = fmt::format(
        "nothing else can run while it does: it comes after {} of the others, and before {}",
        before,
        left
    );
    tasks.push_back(graph.name(node));
  }
  if (tasks.empty()) return;
  if (tasks.size() > 1) reason = "nothing else can run while any of these does";
  out.warn(
      "bottleneck", std::move(tasks), std::move(reason), "split it, or let others go beside it"
  );
}

// Longer than four times the median of all that have an estimate, and than the share of the best
// number of workers in the whole work.
void find_long_tasks(const PlanGraph& graph, const PlanFigures& figures, FindingList& out) {
  std::vector<std::pair<Millis, PlanNode>> estimates;
  for (const PlanNode task : working_tasks(graph)) {
    if (const auto& estimate = graph.tasks()[task].estimate_ms)
      estimates.emplace_back(*estimate, task);
  }
  if (estimates.size() < 3 || figures.best_workers < 2) return;
  std::vector<std::pair<Millis, PlanNode>> sorted = estimates;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const Millis median = middle->first;
  const Millis share = figures.work_ms / figures.best_workers;
  for (const auto& [estimate, task] : estimates) {
    if (estimate <= 4 * median || estimate <= share) continue;
    out.warn(
        "task_long",
        {graph.name(task)},
        fmt::format(
            "{}: more than four times the median ({}), and than the share of each of {} workers "
            "({})",
            format_duration(estimate),
            format_duration(median),
            figures.best_workers,
            format_duration(share)
        ),
        "split it"
    );
  }
}

void find_unsaid(const PlanGraph& graph, FindingList& out) {
  find_pinned(graph, out);
  const std::vector<PlanNode> working = working_tasks(graph);
  const auto find = [&](std::string_view what, std::string_view change, const auto& says) {
    find_silent(graph, working, what, change, says, out);
  };
  find("estimate", "--estimate 10m", [](const TaskSpec& task) {
    return task.estimate_ms.has_value();
  });
  find("criteria", "--criterion TEXT", [](const TaskSpec& task) { return !task.criteria.empty(); });
  find("verify", "--verify COMMAND", [](const TaskSpec& task) { return !task.verify.empty(); });
  find("context", "--context TEXT", [](const TaskSpec& task) { return !task.context.empty(); });
}

}  // namespace evener
