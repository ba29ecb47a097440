// Which tasks of a plan nobody who is known could take.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/nearest_offer.h"
#include "core/plan_finding_list.h"

namespace evener {
namespace {

// A worker with what its machine lends it; or a machine of which no worker is known, without name.
struct AbleWorker {
  WorkerSpec spec;
  std::vector<std::string> able;

  bool covers(const std::vector<std::string>& wanted) const {
    return lacking_capabilities(able, wanted).empty();
  }

  const std::string& name() const { return spec.name.empty() ? spec.machine : spec.name; }

  bool is_meant(const Assignee& assignee) const {
    switch (assignee.kind) {
      case AssigneeKind::worker:
        return spec.name == assignee.name;
      case AssigneeKind::role:
        return spec.role == assignee.name;
      case AssigneeKind::machine:
        return spec.machine == assignee.name;
      case AssigneeKind::team:
        return spec.team == assignee.name;
    }
    return false;
  }
};

std::vector<AbleWorker> able_workers(const PlanToExamine& plan) {
  std::vector<AbleWorker> out;
  std::map<std::string, std::vector<std::string>> lent;
  for (const Machine& machine : plan.machines) lent[machine.name] = capabilities_of(machine);
  for (const WorkerSpec& spec : plan.workers) {
    AbleWorker& worker = out.emplace_back(AbleWorker{spec, {}});
    worker.able = spec.capabilities;
    const auto from = lent.find(spec.machine);
    if (from == lent.end()) continue;
    worker.able.insert(worker.able.end(), from->second.begin(), from->second.end());
  }
  for (const auto& [machine, capabilities] : lent) {
    const bool has_worker =
        std::any_of(plan.workers.begin(), plan.workers.end(), [&](const WorkerSpec& worker) {
          return worker.machine == machine;
        });
    if (has_worker) continue;
    AbleWorker& worker = out.emplace_back();
    worker.spec.machine = machine;
    worker.able = capabilities;
  }
  return out;
}

// Whoever may take the task at any time: of a soft assignee anybody.
std::string hard_assignee(const TaskSpec& task) {
  return task.assignee_delay_ms ? "" : task.assignee;
}

using TaskGroups =
    std::map<std::pair<std::vector<std::string>, std::string>, std::vector<std::string>>;

void check_group(
    const std::vector<AbleWorker>& workers,
    const std::vector<std::string>& wanted,
    const std::string& assignee,
    const std::vector<std::string>& tasks,
    FindingList& out
) {
  const auto some = [&](const auto& test) {
    return std::any_of(workers.begin(), workers.end(), test);
  };
  if (!some([&](const AbleWorker& worker) { return worker.covers(wanted); })) {
    out.error(
        "capabilities_apart",
        tasks,
        fmt::format("no known worker has all of {}", fmt::join(wanted, ", ")),
        "split the task, or let a worker have them all"
    );
    return;
  }
  if (assignee.empty()) return;
  const Assignee meant = parse_assignee(assignee);
  const auto is_meant = [&](const AbleWorker& worker) { return worker.is_meant(meant); };
  if (!some(is_meant) ||
      some([&](const AbleWorker& worker) { return is_meant(worker) && worker.covers(wanted); })) {
    return;
  }
  out.error(
      "assignee_unable",
      tasks,
      fmt::format("only for {}, who lacks some of {}", assignee, fmt::join(wanted, ", ")),
      fmt::format("evener edit {} --assignee ''", tasks.front())
  );
}

}  // namespace

// What a task requires but for its secrets, which runners bring along.
void find_missing_capabilities(const PlanToExamine& plan, FindingList& out) {
  const std::vector<AbleWorker> workers = able_workers(plan);
  if (workers.empty()) return;
  std::set<std::string> all;
  for (const AbleWorker& worker : workers) all.insert(worker.able.begin(), worker.able.end());
  const std::vector<std::string> offered(all.begin(), all.end());
  std::map<std::string, bool> is_offered;
  std::map<std::string, std::vector<std::string>> missing;
  TaskGroups groups;
  for (const TaskSpec& task : plan.tasks) {
    if (task.capabilities.empty()) continue;
    bool all_offered = true;
    for (const std::string& capability : task.capabilities) {
      const auto [known, is_new] = is_offered.try_emplace(capability, false);
      if (is_new) known->second = has_capability(offered, capability);
      if (known->second) continue;
      all_offered = false;
      std::vector<std::string>& tasks = missing[capability];
      if (tasks.empty() || tasks.back() != task.id) tasks.push_back(task.id);
    }
    if (!all_offered) continue;
    std::vector<std::string> wanted = task.capabilities;
    std::sort(wanted.begin(), wanted.end());
    groups[{std::move(wanted), hard_assignee(task)}].push_back(task.id);
  }
  for (auto& [capability, tasks] : missing) {
    NearestOffer nearest(capability);
    for (const AbleWorker& worker : workers) nearest.see(worker.name(), worker.able);
    const std::string near = nearest.text();
    out.error(
        "capability_missing",
        std::move(tasks),
        fmt::format("no known worker offers {}{}{}", capability, near.empty() ? "" : ": ", near),
        fmt::format(
            "evener work --capability {}, or describe the worker that has it", offer_for(capability)
        )
    );
  }
  for (const auto& [group, tasks] : groups) {
    check_group(workers, group.first, group.second, tasks, out);
  }
}

}  // namespace evener
