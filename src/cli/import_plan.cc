#include "cli/import_plan.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "cli/import_gates.h"
#include "cli/import_order.h"
#include "cli/import_records.h"
#include "cli/import_states.h"

namespace evener {
namespace {

Result<bool> exists(Client& client, const std::string& task) {
  Query query;
  query.kind = QueryKind::task;
  query.task = task;
  const Result<std::string> found = client.ask(query);
  if (found.ok()) return true;
  if (found.error().code == "unknown_task") return false;
  return found.error();
}

Error need_missing(const Plan& plan, const std::string& id) {
  Error error{
      "need_missing", fmt::format("'{}' is needed, but is neither in the file nor in the pool", id)
  };
  for (const OutsideNeed& need : plan.outside) {
    if (need.task == id && error.where.empty()) error.where = need.where;
  }
  return error;
}

// So that a plan in several pieces is not half in the pool before its last piece is refused.
Status check_needs_in(Client& client, const Plan& plan) {
  for (const std::string& id : missing_from(plan.tasks)) {
    if (!TRY(exists(client, id))) return need_missing(plan, id);
  }
  return Done{};
}

Status accepted(const Answer& answer, const std::string& subject) {
  if (answer.ok) return Done{};
  return Error{answer.refusal->code, answer.refusal->message, subject};
}

std::vector<std::string> ids_in(const Answer& answer, std::string_view name) {
  std::vector<std::string> ids;
  const Result<Json> result = parse_json(answer.result.text);
  if (!result.ok() || !result->is_object()) return ids;
  const Json* list = result->get_object().if_contains(name);
  if (list == nullptr || !list->is_array()) return ids;
  for (const Json& id : list->get_array()) {
    if (id.is_string()) ids.emplace_back(id.get_string());
  }
  return ids;
}

Status describe_pool(Client& client, const Plan& plan, const HeldPool& held) {
  std::vector<Request> requests;
  for (const Machine& machine : plan.machines) requests.push_back({"", SetMachine{machine}});
  for (const WorkerSpec& worker : plan.workers) {
    const WorkerSpec* known = held.find_worker(worker.name);
    if (known == nullptr || *known != worker) requests.push_back({"", RegisterWorker{worker}});
  }
  const bool says_card = plan.card != PoolCard{};
  if (plan.settings || says_card) {
    Configure configure;
    if (says_card) configure.card = plan.card;
    configure.settings = plan.settings;
    requests.push_back({"", std::move(configure)});
  }
  if (requests.empty()) return Done{};
  const std::vector<Answer> answers = TRY(client.call(std::move(requests)));
  for (const Answer& answer : answers) TRY(accepted(answer, "machines, workers and settings"));
  return Done{};
}

// Adds and changes tasks; `counted` says whether they count.
Status add_tasks(Client& client, std::vector<TaskSpec> tasks, Imported* counted) {
  for (AddTasks& command : TRY(import_commands(std::move(tasks)))) {
    const std::size_t given = command.tasks.size();
    const Answer answer = TRY(call_one(client, std::move(command)));
    TRY(accepted(answer, "tasks"));
    if (counted == nullptr) continue;
    const std::size_t added = ids_in(answer, "added").size();
    const std::size_t changed = ids_in(answer, "changed").size();
    counted->added += added;
    counted->changed += changed;
    counted->unchanged += given - added - changed;
  }
  return Done{};
}

class StateImport {
 public:
  StateImport(Client& client, const Plan& plan, const HeldPool& held, Imported& imported)
      : client_(client), held_(held), imported_(imported) {
    for (const ImportedState& state : plan.states) states_.emplace(state.task, &state);
    for (const TaskSpec& task : plan.tasks) known_.insert(task.id);
  }

  // New tasks that are over, the lowest first; each generation is described in full behind it.
  Status close(std::vector<std::vector<TaskSpec>> generations) {
    for (std::vector<TaskSpec>& generation : generations) {
      std::vector<ImportedState> unclaimed;
      for (const TaskSpec& task : generation) {
        const ImportedState& state = *states_.at(task.id);
        states_.erase(task.id);
        if (state.worker.empty()) {
          unclaimed.push_back(state);
        } else {
          notice(TRY(take_over(client_, state, held_)));
        }
      }
      for (std::string& text : TRY(close_unclaimed(client_, unclaimed))) notice(std::move(text));
      TRY(add_tasks(client_, std::move(generation), nullptr));
    }
    return Done{};
  }

  // The others may wait for one another, so what is refused is tried again while that helps.
  Status take_others() {
    TRY(add_unknown());
    std::map<std::string, std::string> refused;
    for (bool again = true; again;) {
      again = false;
      refused.clear();
      for (auto state = states_.begin(); state != states_.end();) {
        std::string why = TRY(take_over(client_, *state->second, held_));
        if (why.empty()) {
          state = states_.erase(state);
          again = true;
        } else {
          refused[state->first] = std::move(why);
          ++state;
        }
      }
      again = again && !refused.empty();
    }
    for (auto& [task, why] : refused) notice(std::move(why));
    return Done{};
  }

 private:
  // Tasks of which the file knows a state, and nothing else.
  Status add_unknown() {
    std::vector<TaskSpec> unknown;
    for (const auto& [task, state] : states_) {
      if (known_.contains(task) || held_.find(task) != nullptr) continue;
      if (TRY(exists(client_, task))) continue;
      unknown.emplace_back().id = task;
    }
    return unknown.empty() ? Status(Done{}) : add_tasks(client_, std::move(unknown), &imported_);
  }

  void notice(std::string text) {
    if (!text.empty()) imported_.notices.push_back(std::move(text));
  }

  Client& client_;
  const HeldPool& held_;
  Imported& imported_;
  std::map<std::string, const ImportedState*> states_;  // that are still to be taken over
  std::set<std::string> known_;
};

}  // namespace

Result<HeldPool> held_for(Client& client, const Plan& plan) {
  const bool is_asked_for = plan.is_partial || !plan.states.empty();
  return is_asked_for ? read_held_pool(client) : HeldPool{};
}

Status check_needs(const Plan& plan, const HeldPool& held) {
  for (const std::string& id : missing_from(plan.tasks)) {
    if (held.find(id) == nullptr) return need_missing(plan, id);
  }
  return Done{};
}

Status import_plan(Client& client, Plan plan, const HeldPool& held, Imported& imported) {
  TRY(check_needs_in(client, plan));
  std::vector<TaskSpec> first = plan.tasks;
  std::vector<std::vector<TaskSpec>> closed = part_closed_tasks(first, plan.states, held);
  TRY(import_commands(plan.tasks));  // a cycle is found before anything is changed
  const GateImport gates = TRY(GateImport::plan(client, plan, held));
  TRY(describe_pool(client, plan, held));
  TRY(gates.describe(client));
  TRY(add_tasks(client, std::move(first), &imported));
  TRY(gates.join(client));
  StateImport states(client, plan, held, imported);
  TRY(states.close(std::move(closed)));
  TRY(states.take_others());
  std::set<std::string> workers;
  for (const WorkerSpec& worker : plan.workers) workers.insert(worker.name);
  for (const WorkerSpec& worker : held.plan.workers) workers.insert(worker.name);
  const NotesWritten notes = TRY(write_notes(client, plan.notes, workers));
  imported.notes = notes.added;
  const RecordsImported records = TRY(import_records(client, plan));
  imported.measures = records.measures;
  imported.schedules = records.schedules;
  if (notes.homeless > 0) {
    imported.notices.push_back(fmt::format(
        "{} remarks belong to no task and no worker, and were not written down", notes.homeless
    ));
  }
  return Done{};
}

}  // namespace evener
