// What was done, as a scheduling problem: every task that succeeded is a job as long as its
// successful attempts. It comes after its needs, those of its parents, and its subtasks; it cannot
// begin before it was added. What never succeeded stands in nobody's way.
#include <algorithm>

#include "model/capability.h"
#include "views/report.h"

namespace evener {

// A task's own needs, and its parent's gate: what must be done before it, or anything in it,
// begins.
void ReportBuilder::append_before(
    const std::vector<std::uint32_t>& gates, const TaskLog& task, std::vector<std::uint32_t>& out
) const {
  out.insert(out.end(), task.needs.begin(), task.needs.end());
  if (task.parent != none) out.push_back(gates[task.parent]);
}

std::vector<bool> ReportBuilder::who_may(
    const TaskLog& task, const std::vector<WorkerShare>& workers
) const {
  const Assignee whom = parse_assignee(task.only_for);
  const auto is_meant = [&](const WorkerSpec& worker) {
    switch (whom.kind) {
      case AssigneeKind::worker:
        return whom.name.empty() || worker.name == whom.name;
      case AssigneeKind::role:
        return worker.role == whom.name;
      case AssigneeKind::machine:
        return worker.machine == whom.name;
      case AssigneeKind::team:
        return worker.team == whom.name;
    }
    return false;
  };
  std::vector<bool> may;
  for (const WorkerShare& share : workers) {
    const WorkerSpec& worker = workers_.at(share.worker);
    std::vector<std::string> has = worker.capabilities;
    if (const auto machine = machines_.find(worker.machine); machine != machines_.end()) {
      for (std::string& lent : capabilities_of(machine->second)) has.push_back(std::move(lent));
    }
    const bool covers = lacking_capabilities(has, task.capabilities).empty();
    may.push_back(covers && is_meant(worker));
  }
  return may;
}

ScheduleProblem ReportBuilder::schedule_problem(const Report& report) const {
  ScheduleProblem problem;
  problem.jobs.resize(tasks_.size());
  std::map<std::string, std::uint32_t> worker_index;
  for (const WorkerShare& share : report.workers) {
    worker_index.emplace(share.worker, static_cast<std::uint32_t>(problem.slots.size()));
    problem.slots.push_back(static_cast<std::uint32_t>(workers_.at(share.worker).slots));
  }

  // A parent's gate: its subtasks wait for its needs, which it does not take a worker to check.
  std::vector<std::uint32_t> gates(tasks_.size(), none);
  for (const TaskLog& task : tasks_) {
    if (task.parent == none) continue;
    std::uint32_t& gate = gates[task.parent];
    if (gate == none) {
      gate = static_cast<std::uint32_t>(problem.jobs.size());
      problem.jobs.emplace_back();
    }
  }
  const Instant start = report.timeline.front().started;
  std::map<std::vector<bool>, std::uint32_t> kinds;
  for (const TimelineRow& row : report.timeline) {
    if (row.outcome != AttemptOutcome::done) continue;
    ScheduleProblem::Job& job = problem.jobs[index_of(row.task)];
    if (job.duration == 0) job.started = row.started - start;
    job.duration += row.ended - row.started;
    job.worker = worker_index.at(row.worker);
  }
  const auto was_done = [&](std::uint32_t task) {
    return tasks_[task].ending == Ending::done || problem.jobs[task].duration > 0;
  };
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    const TaskLog& task = tasks_[i];
    if (gates[i] != none) append_before(gates, task, problem.jobs[gates[i]].after);
    if (!was_done(i)) continue;
    ScheduleProblem::Job& job = problem.jobs[i];
    job.release = std::max<Millis>(0, task.added - start);
    if (gates[i] == none) {
      append_before(gates, task, job.after);
    } else {
      job.after.push_back(gates[i]);
    }
    if (job.duration == 0) continue;
    std::vector<bool> may = who_may(task, report.workers);
    may[job.worker] = true;  // it did
    job.kind =
        kinds.try_emplace(std::move(may), static_cast<std::uint32_t>(kinds.size())).first->second;
  }
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    const std::uint32_t parent = tasks_[i].parent;
    if (parent != none && was_done(parent)) problem.jobs[parent].after.push_back(i);
  }
  problem.may.resize(kinds.size());
  for (const auto& [may, kind] : kinds) problem.may[kind] = may;
  return problem;
}

}  // namespace evener
