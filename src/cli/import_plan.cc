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
#include "formats/status_words.h"

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

// Who needs it, or stands below it.
std::string what_it_is(const Plan& plan, const std::string& id) {
  for (const TaskSpec& task : plan.tasks) {
    if (task.parent == id) return "the parent of " + task.id;
    const bool is_needed = std::any_of(task.needs.begin(), task.needs.end(), [&](const Need& need) {
      return need.task == id;
    });
    if (is_needed) return "needed by " + task.id;
  }
  return "needed";
}

Error need_missing(const Plan& plan, const std::string& id) {
  Error error{
      "need_missing",
      fmt::format(
          "'{}' is {}, but is neither in the file nor in the pool", id, what_it_is(plan, id)
      )
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

Status add_tasks(Client& client, std::vector<TaskSpec> tasks, const HeldPool& held) {
  if (tasks.empty()) return Done{};
  for (AddTasks& command : TRY(import_commands(std::move(tasks), held))) {
    const Answer answer = TRY(call_one(client, std::move(command)));
    TRY(accepted(answer, "tasks"));
  }
  return Done{};
}

using Generation = std::vector<StatedTask>;

std::size_t count_of(const std::vector<Generation>& generations) {
  std::size_t count = 0;
  for (const Generation& generation : generations) count += generation.size();
  return count;
}

class StateImport {
 public:
  StateImport(Client& client, const HeldPool& held, std::string importer, Imported& imported)
      : client_(client), held_(held), importer_(std::move(importer)), imported_(imported) {}

  Status take(std::vector<Generation> generations) {
    const Status taken = take_all(std::move(generations));
    if (!is_employed_) return taken;
    const Status dismissed = dismiss_importing_worker(client_, importer_);
    return taken.ok() ? dismissed : taken;
  }

 private:
  // Tasks of a phase can be closed once those of the phases before are, so what is refused is tried
  // again while that helps.
  Status take_all(std::vector<Generation> generations) {
    for (std::size_t before = 0; before != count_of(generations);) {
      before = count_of(generations);
      refused_.clear();
      std::vector<Generation> left;
      for (Generation& generation : generations) {
        left.push_back(TRY(take_generation(std::move(generation))));
      }
      generations = std::move(left);
    }
    std::vector<TaskSpec> described;
    for (Generation& generation : generations) {
      for (StatedTask& task : generation) {
        leave(task.state.task, std::move(refused_.at(task.state.task)));
        if (task.is_bare) described.push_back(description(task, true));
      }
    }
    TRY(add_tasks(client_, std::move(described), held_));
    return take_others();
  }

  // The lowest subtasks come first, and each generation is described in full behind it: a parent
  // that is closed gets no subtask. What goes on stands in others_. Gives back the tasks that were
  // in the pool before and could not be closed: they have their parents.
  Result<Generation> take_generation(Generation generation) {
    std::vector<ImportedState> unclaimed;
    std::vector<ImportedState> others;
    for (const StatedTask& task : generation) {
      const bool is_unclaimed = is_ended(task.state.status) && task.state.worker.empty();
      (is_unclaimed ? unclaimed : others).push_back(task.state);
    }
    if (!unclaimed.empty()) TRY(employ());
    std::map<std::string, std::string> refused =
        TRY(close_unclaimed(client_, importer_, unclaimed, held_));
    imported_.states += unclaimed.size() - refused.size();
    for (const ImportedState& state : others) {
      if (!is_ended(state.status) && state.status != "cancelled") continue;
      TakenOver taken = TRY(take_over(client_, state, held_));
      if (taken.has_changed) ++imported_.states;
      if (!taken.refused.empty()) refused.emplace(state.task, std::move(taken.refused));
    }
    Generation left;
    std::vector<TaskSpec> described;
    for (StatedTask& task : generation) {
      const bool is_over = is_ended(task.state.status) || task.state.status == "cancelled";
      const auto why = refused.find(task.state.task);
      const bool is_refused = why != refused.end();
      if (!is_over) {
        others_.emplace(task.state.task, std::move(task));
      } else if (is_refused && !task.is_new) {
        refused_[task.state.task] = std::move(why->second);
        left.push_back(std::move(task));
      } else {
        if (is_refused) leave(task.state.task, std::move(why->second));
        const bool has_news = !is_refused && !task.state.word.empty();
        if (task.is_bare || has_news) described.push_back(description(task, is_refused));
      }
    }
    TRY(add_tasks(client_, std::move(described), held_));
    return left;
  }

  // These may wait for one another, so what is refused is tried again while that helps.
  Status take_others() {
    std::vector<TaskSpec> described;
    std::map<std::string, std::string> refused;
    for (bool again = true; again;) {
      again = false;
      refused.clear();
      for (auto task = others_.begin(); task != others_.end();) {
        TakenOver taken = TRY(take_over(client_, task->second.state, held_));
        if (!taken.refused.empty()) {
          refused[task->first] = std::move(taken.refused);
          ++task;
          continue;
        }
        if (taken.has_changed) ++imported_.states;
        if (!task->second.state.word.empty())
          described.push_back(std::move(task->second.described));
        task = others_.erase(task);
        again = true;
      }
      again = again && !refused.empty();
    }
    for (auto& [task, why] : refused) leave(task, std::move(why));
    return add_tasks(client_, std::move(described), held_);
  }

  void leave(const std::string& task, std::string why) {
    imported_.left.push_back(task);
    imported_.notices.push_back(std::move(why));
  }

  static TaskSpec description(StatedTask& task, bool is_refused) {
    if (is_refused && !task.state.word.empty()) set_stated_word(task.described, task.last_word);
    return std::move(task.described);
  }

  Status employ() {
    if (!is_employed_) TRY(employ_importing_worker(client_, importer_));
    is_employed_ = true;
    return Done{};
  }

  Client& client_;
  const HeldPool& held_;
  const std::string importer_;
  Imported& imported_;
  std::map<std::string, StatedTask> others_;
  std::map<std::string, std::string> refused_;  // why, of those that are tried again
  bool is_employed_ = false;
};

// By the name that neither the pool nor the plan has for another.
std::string importer_of(const Plan& plan, const HeldPool& held) {
  std::vector<WorkerSpec> workers = held.plan.workers;
  workers.insert(workers.end(), plan.workers.begin(), plan.workers.end());
  return importing_worker(workers);
}

// The plan says a card and settings as a whole, so that what it leaves out changes, too: that is
// told.
void tell_of_the_pool(const std::vector<RecordDifference>& records, Imported& imported) {
  for (const RecordDifference& record : records) {
    const bool is_card = record.kind == card_kind;
    if (!is_card && record.kind != settings_kind) continue;
    (is_card ? imported.card : imported.settings) = record.fields.size();
    const bool falls_back =
        std::any_of(record.fields.begin(), record.fields.end(), [](const FieldChange& field) {
          return field.falls_back;
        });
    if (falls_back) imported.notices.push_back(values_text(record));
  }
}

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
  const std::string importer = importer_of(plan, held);
  for (const WorkerSpec& worker : plan.workers) {
    if (worker.name == importer) continue;
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
  const ImportDifference found = difference(plan, held);
  imported.added = found.added.size();
  imported.changed = found.changed.size();
  imported.unchanged = found.unchanged;
  std::vector<TaskSpec> first = plan.tasks;
  const std::string importer = importer_of(plan, held);
  std::vector<Generation> stated = part_stated_tasks(first, plan.states, held, importer);
  const GateImport gates = TRY(GateImport::plan(plan, held));
  std::vector<Request> described = description_of(plan, held);
  const std::vector<std::string> subjects(described.size(), std::string(described_things));
  TRY(give_all(client, described, subjects));
  tell_of_the_pool(found.records, imported);
  TRY(give_all(client, gates.describing(), gates.described_ids()));
  TRY(add_tasks(client, std::move(first), held));
  TRY(give_all(client, gates.joining(), gates.joined_ids()));
  TRY(StateImport(client, held, importer, imported).take(std::move(stated)));
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
