#include "core/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "core/lock_conditions.h"

namespace evener {
namespace {

// What a runner does or gives away on the task's behalf.
bool wants_commands(const TaskSpec& spec) {
  return !spec.run.empty() || !spec.verify.empty() || !spec.secrets.empty();
}

// An id that is free in the pool and in the request: the base, else with -2, -3, ...
std::string free_id(const State& state, const std::set<std::string>& taken, std::string base) {
  const auto is_free = [&](const std::string& id) {
    return state.find_task(id) == no_task && !taken.contains(id);
  };
  if (is_free(base)) return base;
  for (std::size_t n = 2;; ++n) {
    std::string id = fmt::format("{}-{}", base, n);
    if (is_free(id)) return id;
  }
}

// The task with the given members changed; null clears one.
Result<TaskSpec> merged(const State& state, TaskIndex index, const RawJson& changes) {
  std::string text;
  append_spec(text, state, index);
  Json whole = TRY(parse_json(text));
  const Json wanted =
      changes.text.empty() ? Json(JsonObject{}) : TRY(parse_json(changes.text, "changes"));
  const Path path{nullptr, "changes", -1};
  if (!wanted.is_object()) return wrong_type(wanted, "an object", path);
  for (const auto& [name, value] : wanted.get_object()) {
    if (value.is_null()) {
      TaskSpec known;
      TRY(read_object(JsonObject{{name, nullptr}}, known, path));
      whole.get_object().erase(name);
    } else {
      whole.get_object()[name] = value;
    }
  }
  TaskSpec spec;
  TRY(read_object(whole, spec, path));
  return spec;
}

// Wishes that stand already are not judged again: the pool's resources may have changed since.
Status check_sound(const Pool& pool, const TaskSpec& spec, const Path& path) {
  TRY(check_task(spec, path));
  const State& state = pool.state();
  const TaskIndex known = spec.id.empty() ? no_task : state.find_task(spec.id);
  if (known != no_task) {
    const LockWishes& before = state.lock_sets.wishes(state.task(known).locks);
    if (before == LockWishes{spec.paths, spec.locks}) return Done{};
  }
  return check_wishes(spec, pool.locks().capacities(), path);
}

Refusal refusal_of(const Error& error) {
  std::string message = error.where.empty() ? error.message : error.where + ": " + error.message;
  return {error.code, std::move(message), ""};
}

}  // namespace

void normalise(TaskSpec& spec) {
  constexpr std::string_view by_default = "worker:";
  while (spec.assignee.starts_with(by_default)) spec.assignee.erase(0, by_default.size());
  const auto sort = [](std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  };
  sort(spec.capabilities);
  sort(spec.secrets);
  for (const std::string& secret : spec.secrets) {
    std::erase(spec.capabilities, secret_capability(secret));
  }
  std::set<std::string_view> needed;
  std::vector<Need> needs;
  for (const Need& need : spec.needs) {
    if (needed.insert(need.task).second) needs.push_back(need);
  }
  spec.needs = std::move(needs);
}

void TaskChanges::add(TaskSpec&& spec) {
  added_.push_back(std::move(spec));
}

void TaskChanges::change(TaskIndex task, TaskSpec spec) {
  specs_.insert_or_assign(task, std::move(spec));
}

std::optional<Refusal> TaskChanges::check(const TaskSpec& spec) const {
  if (author_.scope < Scope::operate && wants_commands(spec)) {
    const bool is_secret = spec.run.empty() && spec.verify.empty();
    return Refusal{
        "scope",
        fmt::format(
            "{} may not set {} of {}: runners {}",
            author_.name,
            is_secret ? "secrets" : "run or verify",
            spec.id,
            is_secret ? "hand them to its command" : "execute them"
        ),
        "leave them out, or let an operator add the task"
    };
  }
  const GateIndex phase = spec.phase.empty() ? no_gate : state_.find_gate(spec.phase);
  if (phase != no_gate && state_.gate(phase).kind == Gate::Kind::gate) {
    return Refusal{
        "bad_value",
        fmt::format("{}: '{}' is a gate between tasks, not a phase", spec.id, spec.phase),
        fmt::format("name a phase, or: evener gate {} TASK...", spec.phase)
    };
  }
  if (phase == no_gate && !spec.phase.empty() && state_.gates.size() >= limits::gates_per_pool) {
    return Refusal{
        "pool_full",
        fmt::format("a pool holds at most {} phases and gates", limits::gates_per_pool),
        "use phases that exist"
    };
  }
  return std::nullopt;
}

std::optional<Refusal> TaskChanges::check_parent(TaskIndex task, const TaskSpec& spec) const {
  const TaskIndex parent = spec.parent.empty() ? no_task : graph_.find(spec.parent);
  if (parent == no_task) return std::nullopt;
  const bool is_new_child = task.value >= state_.tasks.size() || state_.task(task).parent != parent;
  if (is_new_child && graph_.depth(task) + graph_.height(task) > deepest_nesting) {
    return Refusal{
        "too_deep",
        fmt::format(
            "{} or a task below it would stand below more than {} parents", spec.id, deepest_nesting
        ),
        "nest less deeply"
    };
  }
  const bool exists = parent.value < state_.tasks.size();
  if (exists && is_new_child && is_closed(state_.task(parent).stage)) {
    return Refusal{
        "wrong_state",
        fmt::format("{} cannot get a subtask: it is closed", spec.parent),
        fmt::format("evener reopen {}", spec.parent)
    };
  }
  return std::nullopt;
}

// Finds the tasks that needs and parents name, among those that exist and those being added.
std::optional<Refusal> TaskChanges::resolve() {
  for (TaskSpec& spec : added_) {
    const TaskIndex index = graph_.add({.id = spec.id});
    specs_.insert_or_assign(index, std::move(spec));
  }
  std::map<TaskIndex, GraphChange::Node> nodes;
  for (const auto& [index, spec] : specs_) {
    if (auto refusal = check(spec)) return refusal;
    GraphChange::Node node{.id = spec.id};
    if (!spec.parent.empty()) {
      node.parent = graph_.find(spec.parent);
      if (node.parent == no_task) {
        return Refusal{
            "parent_missing",
            fmt::format("{}: its parent '{}' does not exist", spec.id, spec.parent),
            "add the parent first, or in the same request"
        };
      }
    }
    for (const Need& need : spec.needs) {
      const TaskIndex needed = graph_.find(need.task);
      if (needed == no_task) {
        return Refusal{
            "need_missing",
            fmt::format("{}: it needs '{}', which does not exist", spec.id, need.task),
            "add that task first, or in the same request"
        };
      }
      if (std::find(node.needs.begin(), node.needs.end(), needed) == node.needs.end()) {
        node.needs.push_back(needed);
      }
    }
    nodes.emplace(index, std::move(node));
  }
  for (auto& [index, node] : nodes) graph_.change(index, std::move(node));
  return std::nullopt;
}

TaskIndex TaskChanges::parent_after(TaskIndex task) const {
  const auto changed = specs_.find(task);
  if (changed == specs_.end()) return state_.task(task).parent;
  return changed->second.parent.empty() ? no_task : graph_.find(changed->second.parent);
}

LockWishes TaskChanges::wishes_after(TaskIndex task) const {
  const auto changed = specs_.find(task);
  if (changed == specs_.end()) return state_.lock_sets.wishes(state_.task(task).locks);
  return {changed->second.paths, changed->second.locks};
}

// Tasks that run hold their locks: neither other wishes nor another parent may bring two of them
// into conflict.
std::optional<Refusal> TaskChanges::check_locks(TaskIndex changed, const TaskSpec& spec) const {
  if (changed.value >= state_.tasks.size()) return std::nullopt;
  const LockWishes& before = state_.lock_sets.wishes(state_.task(changed).locks);
  const bool moves = state_.task(changed).parent != parent_after(changed);
  if (!moves && before == LockWishes{spec.paths, spec.locks}) return std::nullopt;
  std::vector<TaskIndex> line{changed};
  while (!line.empty()) {
    const TaskIndex task = line.back();
    line.pop_back();
    if (moves) {
      for (const TaskIndex child : state_.task(task).children) line.push_back(child);
    }
    if (state_.task(task).stage != Stage::running) continue;
    const auto found = conflict_after(pool_, task, wishes_after(task), [&](TaskIndex at) {
      return parent_after(at);
    });
    std::string text = found ? text_of(pool_, *found) : "";
    for (const auto& [other, other_spec] : specs_) {
      if (other == task || !text.empty() || other.value >= state_.tasks.size()) continue;
      if (state_.task(other).stage != Stage::running) continue;
      if (!have_conflict(wishes_after(task), wishes_after(other), pool_.locks().capacities())) {
        continue;
      }
      text = fmt::format("{} runs too, and would want the same", other_spec.id);
    }
    if (text.empty()) continue;
    return Refusal{
        "locked",
        fmt::format("{} runs, and would come into conflict: {}", state_.task(task).id, text),
        "wait until the other ends"
    };
  }
  return std::nullopt;
}

// Facts are applied one by one, and a reader may stop between any two: what several tasks lose goes
// before what they gain, so that no moment has a cycle.
void TaskChanges::append_removals(std::vector<FactBody>& facts) const {
  if (specs_.size() < 2) return;
  for (const auto& [index, spec] : specs_) {
    if (index.value >= state_.tasks.size()) continue;
    const TaskSpec old = spec_of(state_, index);
    TaskSpec kept = old;
    if (kept.parent != spec.parent) kept.parent.clear();
    std::erase_if(kept.needs, [&](const Need& need) {
      return std::find(spec.needs.begin(), spec.needs.end(), need) == spec.needs.end();
    });
    if (kept != old) facts.emplace_back(TaskEdited{std::move(kept)});
  }
}

// A tick belongs to the words that were ticked, not to their place in the list, which is all that a
// TaskEdited keeps.
void TaskChanges::append_ticks(std::vector<FactBody>& facts, TaskIndex index, const TaskSpec& spec)
    const {
  const TaskExtras* const extras = state_.find_extras(index);
  if (extras == nullptr || extras->ticked == 0) return;
  const auto bit = [](std::size_t at) { return std::uint64_t{1} << at; };
  const std::vector<std::string> before = spec_of(state_, index).criteria;
  std::multiset<std::string_view> ticked;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if ((extras->ticked & bit(i)) != 0) ticked.insert(before[i]);
  }
  for (std::size_t i = 0; i < spec.criteria.size(); ++i) {
    const auto found = ticked.find(spec.criteria[i]);
    const bool is_ticked = found != ticked.end();
    if (is_ticked) ticked.erase(found);
    const bool would_be = (extras->ticked & bit(i)) != 0;
    if (is_ticked == would_be) continue;
    facts.emplace_back(CriterionTicked{
        .task = spec.id,
        .criterion = static_cast<std::int64_t>(i) + 1,
        .done = is_ticked,
        .reason = "its checklist was changed"
    });
  }
}

Decision TaskChanges::decide() {
  if (auto refusal = resolve()) return refuse(std::move(*refusal));
  const std::vector<std::string> cycle = graph_.find_cycle();
  if (!cycle.empty()) {
    JsonArray ids;
    for (const std::string& id : cycle) ids.emplace_back(id);
    return refuse(
        {"cycle",
         fmt::format("these would wait for one another for ever: {}", fmt::join(cycle, " -> ")),
         "drop one of these needs",
         {to_text(JsonObject{{"cycle", ids}})}}
    );
  }
  for (const auto& [index, spec] : specs_) {
    if (auto refusal = check_parent(index, spec)) return refuse(std::move(*refusal));
    if (auto refusal = check_locks(index, spec)) return refuse(std::move(*refusal));
  }
  Decision decision;
  append_removals(decision.facts);
  for (const TaskIndex index : graph_.new_in_order()) {
    decision.facts.emplace_back(std::in_place_type<TaskAdded>, std::move(specs_.at(index)));
  }
  for (auto& [index, spec] : specs_) {
    if (index.value >= state_.tasks.size()) continue;
    std::vector<FactBody> ticks;
    append_ticks(ticks, index, spec);
    decision.facts.emplace_back(TaskEdited{std::move(spec)});
    std::move(ticks.begin(), ticks.end(), std::back_inserter(decision.facts));
  }
  return decision;
}

Decision
decide_command(const Pool& pool, const Author& author, const AddTasks& command, const Moment&) {
  const State& state = pool.state();
  if (state.tasks.size() + command.tasks.size() > limits::tasks_per_pool) {
    return refuse(
        {"pool_full",
         fmt::format("a pool holds at most {} tasks", limits::tasks_per_pool),
         "start another pool"}
    );
  }
  TaskChanges changes(pool, author);
  std::set<std::string> taken;
  for (const TaskSpec& task : command.tasks) taken.insert(task.id);
  taken.erase("");
  std::set<std::string> given;
  for (std::size_t i = 0; i < command.tasks.size(); ++i) {
    TaskSpec spec = command.tasks[i];
    const Path path{nullptr, "tasks", -1};
    const Status sound = check_sound(pool, spec, Path{&path, {}, static_cast<std::int64_t>(i)});
    if (!sound.ok()) return refuse(refusal_of(sound.error()));
    normalise(spec);
    if (spec.id.empty()) {
      spec.id = free_id(state, taken, id_from_title(spec.title));
      taken.insert(spec.id);
    } else if (!given.insert(spec.id).second) {
      return refuse(
          {"duplicate_id", fmt::format("'{}' stands twice in the request", spec.id), "rename one"}
      );
    }
    const TaskIndex existing = state.find_task(spec.id);
    if (existing == no_task) {
      changes.add(std::move(spec));
    } else if (!command.update) {
      return refuse(
          {"duplicate_id",
           fmt::format("there is a task '{}' already", spec.id),
           fmt::format("choose another id, or: evener edit {}", spec.id)}
      );
    } else if (spec != spec_of(state, existing)) {
      if (author.scope < Scope::operate) {
        return refuse(
            {"scope",
             fmt::format("{} may not change {}", author.name, spec.id),
             "use an operator's token"}
        );
      }
      changes.change(existing, std::move(spec));
    }
  }
  Decision decision = changes.decide();
  if (state.find_worker(command.worker) == no_worker) return decision;
  for (FactBody& fact : decision.facts) {
    if (auto* added = std::get_if<TaskAdded>(&fact)) added->worker = command.worker;
  }
  return decision;
}

Decision
decide_command(const Pool& pool, const Author& author, const EditTask& command, const Moment&) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  Result<TaskSpec> spec = merged(state, index, command.changes);
  if (!spec.ok()) return refuse(refusal_of(spec.error()));
  if (spec->id != command.task) {
    return refuse({"bad_value", "a task keeps its id", "add a new task and cancel this one"});
  }
  for (const Need& need : command.add_needs) {
    std::erase_if(spec->needs, [&](const Need& old) { return old.task == need.task; });
    spec->needs.push_back(need);
  }
  for (const std::string& id : command.drop_needs) {
    if (std::erase_if(spec->needs, [&](const Need& old) { return old.task == id; }) == 0) {
      return refuse(
          {"need_missing",
           fmt::format("{} does not need '{}'", command.task, id),
           "see: evener show " + command.task}
      );
    }
  }
  if (spec->needs.size() > limits::needs_per_task) {
    return refuse(
        {"too_many",
         fmt::format(
             "{} needs; at most {} are allowed", spec->needs.size(), limits::needs_per_task
         ),
         "group them under a parent task"}
    );
  }
  const Status sound = check_sound(pool, *spec, Path{nullptr, "changes", -1});
  if (!sound.ok()) return refuse(refusal_of(sound.error()));
  normalise(*spec);
  if (*spec == spec_of(state, index)) return {};
  TaskChanges changes(pool, author);
  changes.change(index, std::move(*spec));
  return changes.decide();
}

}  // namespace evener
