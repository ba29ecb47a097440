#include "cli/import_rehearsal.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/import_gates.h"
#include "cli/import_order.h"
#include "cli/import_plan.h"
#include "cli/import_records.h"
#include "core/decide.h"

namespace evener {
namespace {

// A pool that has what `held` describes. How far its tasks are is not part of it.
class RehearsedPool {
 public:
  explicit RehearsedPool(const HeldPool& held) {
    tell(PoolConfigured{held.plan.card, held.plan.settings.value_or(PoolSettings{})});
    for (const Machine& machine : held.plan.machines) tell(MachineSet{machine});
    for (const WorkerSpec& worker : held.plan.workers) tell(WorkerRegistered{worker});
    describe_phases(held.plan);
    add_tasks(held);
    for (GateSpec gate : held.plan.gates) {
      std::erase_if(gate.tasks, [&](const std::string& task) {
        return held.find(task) == nullptr;
      });
      tell(GateSet{std::move(gate)});
    }
    for (const MeasureSpec& measure : held.plan.measure_specs) {
      Measured fact;
      static_cast<MeasureSpec&>(fact) = measure;
      tell(std::move(fact));
    }
    for (const ScheduleSpec& schedule : held.plan.schedules) tell(ScheduleSet{schedule});
  }

  Status give(Request request, const std::string& subject) {
    const Author author{.name = "import", .scope = Scope::operate};
    Decision decision = decide(pool_, author, request, Moment{});
    if (decision.refusal) {
      return Error{decision.refusal->code, decision.refusal->message, subject};
    }
    for (FactBody& fact : decision.facts) tell(std::move(fact));
    return Done{};
  }

  Status give(std::vector<Request> requests, const std::vector<std::string>& subjects) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      TRY(give(std::move(requests[i]), subjects[i]));
    }
    return Done{};
  }

 private:
  void tell(FactBody body) {
    Fact fact;
    fact.seq = Seq{++last_};
    fact.by = "import";
    fact.body = std::move(body);
    pool_.apply(fact);
    pool_.forget_arrivals();
  }

  // First without what they come after: each may come after one that stands behind it in the list.
  void describe_phases(const Plan& plan) {
    std::set<std::string> known;
    for (GateSpec gate : plan.gates) {
      gate.tasks.clear();
      known.insert(gate.id);
      tell(GateSet{std::move(gate)});
    }
    for (PhaseSpec phase : plan.phases) {
      phase.after.clear();
      known.insert(phase.id);
      tell(PhaseSet{std::move(phase)});
    }
    for (PhaseSpec phase : plan.phases) {
      if (phase.after.empty()) continue;
      std::erase_if(phase.after, [&](const std::string& id) { return !known.contains(id); });
      tell(PhaseSet{std::move(phase)});
    }
  }

  // The pages of a pool that others change meanwhile may name tasks that are on none of them.
  void add_tasks(const HeldPool& held) {
    std::vector<TaskSpec> tasks = held.plan.tasks;
    for (TaskSpec& task : tasks) {
      if (held.find(task.parent) == nullptr) task.parent.clear();
      std::erase_if(task.needs, [&](const Need& need) { return held.find(need.task) == nullptr; });
    }
    Result<std::vector<AddTasks>> commands = import_commands(std::move(tasks), held);
    if (!commands.ok()) return;
    for (AddTasks& command : *commands) {
      for (TaskSpec& task : command.tasks) tell(TaskAdded{std::move(task)});
    }
  }

  Pool pool_;
  std::int64_t last_ = 0;
};

bool has_ended(const std::string& state) {
  return state == "done" || state == "failed" || state == "cancelled";
}

Status check_parents(const Plan& plan, const HeldPool& held) {
  for (const TaskSpec& task : plan.tasks) {
    if (task.parent.empty() || !has_ended(held.state(task.parent))) continue;
    const TaskSpec* known = held.find(task.id);
    if (known != nullptr && known->parent == task.parent) continue;
    return Error{
        "wrong_state",
        fmt::format("{} cannot get a subtask: it is {}", task.parent, held.state(task.parent)),
        task.id
    };
  }
  return Done{};
}

}  // namespace

Status rehearse_import(const Plan& plan, const HeldPool& held) {
  TRY(check_parents(plan, held));
  const GateImport gates = TRY(GateImport::plan(plan, held));
  RehearsedPool pool(held);
  for (Request& request : description_of(plan, held)) {
    TRY(pool.give(std::move(request), std::string(described_things)));
  }
  TRY(pool.give(gates.describing(), gates.described_ids()));
  for (AddTasks& command : TRY(import_commands(plan.tasks, held))) {
    TRY(pool.give({"", std::move(command)}, "tasks"));
  }
  TRY(pool.give(gates.joining(), gates.joined_ids()));
  RecordRequests records = record_requests(plan, held);
  return pool.give(std::move(records.requests), records.names);
}

}  // namespace evener
