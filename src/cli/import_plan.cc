#include "cli/import_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "cli/import_gates.h"
#include "cli/import_order.h"
#include "cli/import_records.h"
#include "cli/import_rehearsal.h"
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

Status give_all(
    Client& client, const std::vector<Request>& requests, const std::vector<std::string>& subjects
) {
  for (std::size_t from = 0; from < requests.size(); from += limits::commands_per_request) {
    const std::size_t to = std::min(from + limits::commands_per_request, requests.size());
    const auto at = [&](std::size_t i) {
      return requests.begin() + static_cast<std::ptrdiff_t>(i);
    };
    const std::vector<Answer> answers = TRY(client.call({at(from), at(to)}));
    for (std::size_t i = 0; i < answers.size(); ++i) TRY(accepted(answers[i], subjects[from + i]));
  }
  return Done{};
}

// The tasks that a plan names without describing them.
std::set<std::string> named_outside(const Plan& plan) {
  std::set<std::string> described;
  for (const TaskSpec& task : plan.tasks) described.insert(task.id);
  std::set<std::string> named;
  const auto add = [&](const std::string& task) {
    if (!task.empty() && !described.contains(task)) named.insert(task);
  };
  for (const std::string& task : missing_from(plan.tasks)) add(task);
  for (const GateSpec& gate : plan.gates) std::for_each(gate.tasks.begin(), gate.tasks.end(), add);
  for (const MeasureSpec& measure : measures_of(plan)) add(measure.task);
  for (const ScheduleSpec& schedule : plan.schedules) {
    for (const Need& need : schedule.task.needs) add(need.task);
  }
  return named;
}

Result<bool> has_tasks(Client& client) {
  Query query;
  query.kind = QueryKind::tasks;
  query.filter.limit = 1;
  return TRY(ask_for<TaskListView>(client, query)).total > 0;
}

// Of the pool's tasks those that the plan names, if it changes none and stands below none: nothing
// in the pool can come to wait for it then, so that the others have no say. nullopt: all do.
Result<std::optional<std::set<std::string>>> only_named(Client& client, const Plan& plan) {
  constexpr std::size_t most_questions = 20;  // many cost more than to ask for the whole pool
  std::set<std::string> known;
  if (!TRY(has_tasks(client))) return std::optional(known);
  const std::set<std::string> outside = named_outside(plan);
  if (plan.tasks.size() + outside.size() > most_questions)
    return std::optional<std::set<std::string>>();
  for (const std::string& task : outside) {
    if (TRY(exists(client, task))) known.insert(task);
  }
  for (const TaskSpec& task : plan.tasks) {
    const bool is_below = known.contains(task.parent);
    if (is_below || TRY(exists(client, task.id))) return std::optional<std::set<std::string>>();
  }
  return std::optional(std::move(known));
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
          count(TRY(take_over(client_, state, held_)));
        }
      }
      std::vector<std::string> refused = TRY(close_unclaimed(client_, unclaimed));
      imported_.states += unclaimed.size() - refused.size();
      for (std::string& text : refused) notice(std::move(text));
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
        TakenOver taken = TRY(take_over(client_, *state->second, held_));
        if (taken.refused.empty()) {
          count(std::move(taken));
          state = states_.erase(state);
          again = true;
        } else {
          refused[state->first] = std::move(taken.refused);
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

  void count(TakenOver taken) {
    if (taken.has_changed) ++imported_.states;
    notice(std::move(taken.refused));
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
  if (plan.is_partial || !plan.states.empty()) return read_held_pool(client);
  const std::optional<std::set<std::string>> named = TRY(only_named(client, plan));
  if (!named) return read_held_pool(client);
  Plan records = TRY(read_held_records(client));
  for (const std::string& task : *named) records.tasks.emplace_back().id = task;
  return held_pool(std::move(records), {});
}

std::vector<Request> description_of(const Plan& plan, const HeldPool& held) {
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
  return requests;
}

Status check_import(const Plan& plan, const HeldPool& held) {
  for (const std::string& id : missing_from(plan.tasks)) {
    if (held.find(id) == nullptr) return need_missing(plan, id);
  }
  return rehearse_import(plan, held);
}

Status import_plan(Client& client, Plan plan, const HeldPool& held, Imported& imported) {
  TRY(check_import(plan, held));
  std::vector<TaskSpec> first = plan.tasks;
  std::vector<std::vector<TaskSpec>> closed = part_closed_tasks(first, plan.states, held);
  const GateImport gates = TRY(GateImport::plan(plan, held));
  std::vector<Request> described = description_of(plan, held);
  const std::vector<std::string> subjects(described.size(), std::string(described_things));
  TRY(give_all(client, described, subjects));
  TRY(give_all(client, gates.describing(), gates.described_ids()));
  TRY(add_tasks(client, std::move(first), &imported));
  TRY(give_all(client, gates.joining(), gates.joined_ids()));
  StateImport states(client, plan, held, imported);
  TRY(states.close(std::move(closed)));
  TRY(states.take_others());
  std::set<std::string> workers;
  for (const WorkerSpec& worker : plan.workers) workers.insert(worker.name);
  for (const WorkerSpec& worker : held.plan.workers) workers.insert(worker.name);
  const NotesWritten notes = TRY(write_notes(client, plan.notes, workers));
  imported.notes = notes.added;
  const RecordRequests records = record_requests(plan, held);
  TRY(give_all(client, records.requests, records.names));
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
