#include "core/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/graph.h"
#include "core/lock_conditions.h"

namespace evener {
namespace {

constexpr std::size_t most_waits_named = 5;

Condition stage_condition(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  Condition condition{"stage", true, "it is open", ""};
  if (task.stage == Stage::open) return condition;
  condition.holds = false;
  if (task.stage == Stage::running) {
    const Attempt& attempt = *state.find_attempt(index);
    const std::string& holder = state.worker(attempt.worker).spec.name;
    condition.code = "already_claimed";
    condition.text = fmt::format("{} holds it under fence {}", holder, attempt.fence.value);
    condition.remedy =
        fmt::format("wait until {} finishes or releases it, or its lease lapses", holder);
  } else {
    condition.code = "wrong_state";
    condition.text = fmt::format("it is {}", name_of(pool.state_of(index)));
    const TaskIndex first = first_to_reopen(state, index);
    condition.remedy =
        fmt::format("evener reopen {}{}", state.task(first).id, first == index ? "" : " first");
  }
  return condition;
}

Condition held_condition(const State& state, TaskIndex index) {
  for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
    if (!state.task(at).held) continue;
    const TaskExtras* extras = state.find_extras(at);
    std::string text =
        at == index ? "it is held" : fmt::format("its parent {} is held", state.task(at).id);
    if (extras != nullptr && !extras->reason.empty()) text += ": " + extras->reason;
    return {"held", false, text, fmt::format("evener resume {}", state.task(at).id)};
  }
  return {"held", true, "it is not held", ""};
}

Condition needs_condition(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  std::vector<std::string> open;
  TaskIndex dead = no_task;
  TaskIndex needs_dead = no_task;
  std::size_t all = 0;
  for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
    for (const NeedEdge& need : state.task(at).needs) {
      ++all;
      const Task& needed = state.task(need.task);
      if (needed.stage == Stage::done) continue;
      std::string name = fmt::format("{} ({})", needed.id, describe_state(pool, need.task));
      if (at != index) name += fmt::format(", through its parent {}", state.task(at).id);
      open.push_back(std::move(name));
      if (is_closed(needed.stage) && dead == no_task) {
        dead = need.task;
        needs_dead = at;
      }
    }
  }
  if (open.empty()) {
    return {"needs_open", true, all == 0 ? "it needs nothing" : "all it needs is done", ""};
  }
  std::string remedy = "finish them first";
  if (dead != no_task) {
    remedy = fmt::format(
        "stuck: evener reopen {}, or drop the need with: evener edit {} --drop-need {}",
        state.task(first_to_reopen(state, dead)).id,
        state.task(needs_dead).id,
        state.task(dead).id
    );
  }
  return {"needs_open", false, "it waits for " + listed(open), remedy};
}

Condition phase_condition(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
    const GateIndex phase = state.task(at).phase;
    if (phase == no_gate || state.gate(phase).may_start()) continue;
    const std::string& id = state.gate(phase).id;
    for (const std::string& before : state.gate(phase).phase.after) {
      const Gate& gate = state.gate(state.find_gate(before));
      if (gate.is_open) continue;
      const Condition why = gate_condition(pool, gate);
      return {
          "phase_closed",
          false,
          fmt::format("its phase {} comes after {}, {}", id, before, why.text),
          why.remedy
      };
    }
  }
  const GateIndex phase = state.task(index).phase;
  return {
      "phase_closed",
      true,
      phase == no_gate ? "it belongs to no phase"
                       : fmt::format("its phase {} has begun", state.gate(phase).id),
      ""
  };
}

// What stops only the finish keeps nobody from starting, but whoever does should know.
std::string blockers_of_finish(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  if (is_over(state.task(index).stage)) return {};
  std::vector<std::string> found;
  for (const BlockerId id : pool.blockers_of(index)) {
    const Blocker& blocker = state.blockers.at(id);
    if (blocker.stops == Stops::finish) found.push_back(describe_blocker(id, blocker));
  }
  return found.empty() ? "" : listed(found);
}

Condition blocker_condition(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
    if (state.task(at).blockers == 0) continue;
    for (const BlockerId id : pool.blockers_of(at)) {
      const Blocker& blocker = state.blockers.at(id);
      if (blocker.stops != Stops::start) continue;
      return {
          "blocked",
          false,
          (at == index ? "" : fmt::format("its parent {} is blocked: ", state.task(at).id)) +
              describe_blocker(id, blocker),
          fmt::format("evener resolve {}, once it is out of the way", id)
      };
    }
  }
  const std::string finish = blockers_of_finish(pool, index);
  if (finish.empty()) return {"blocked", true, "no blocker stops it", ""};
  return {"blocked", true, "no blocker stops its start, but its finish: " + finish, ""};
}

Condition children_condition(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  if (task.open_children == 0) {
    return {
        "children_open",
        true,
        task.children.empty() ? "it has no subtasks" : "its subtasks are done",
        ""
    };
  }
  std::vector<std::string> open;
  for (const TaskIndex child : task.children) {
    if (is_over(state.task(child).stage)) continue;
    open.push_back(fmt::format("{} ({})", state.task(child).id, describe_state(pool, child)));
  }
  return {
      "children_open",
      false,
      "its subtasks are open: " + listed(open),
      fmt::format("finish them, or claim it all the same: evener claim {} --parents", task.id)
  };
}

Condition backoff_condition(const State& state, TaskIndex index, Instant now) {
  const Task& task = state.task(index);
  if (task.not_before <= now) return {"backoff", true, "it may be tried now", ""};
  return {
      "backoff",
      false,
      fmt::format(
          "it failed {} and is tried again in {}",
          task.failures == 1 ? "once" : fmt::format("{} times", task.failures),
          format_duration(task.not_before - now)
      ),
      "wait"
  };
}

// The first of the gate's tasks that failed. What is dead in the pool is mostly little beside a
// phase's tasks, which know their phase.
TaskIndex failed_of(const Pool& pool, const Gate& gate) {
  const State& state = pool.state();
  const auto has_failed = [&](TaskIndex task) { return state.task(task).stage == Stage::failed; };
  if (gate.kind == Gate::Kind::phase && pool.dead().size() < gate.tasks.size()) {
    const GateIndex phase = state.find_gate(gate.id);
    for (const TaskIndex task : pool.dead()) {
      if (state.task(task).phase == phase && has_failed(task)) return task;
    }
    return no_task;
  }
  const auto found = std::ranges::find_if(gate.tasks, has_failed);
  return found == gate.tasks.end() ? no_task : *found;
}

// A failed task is never finished by waiting for it; a cancelled one keeps no gate closed.
std::string remedy_of_open_tasks(const Pool& pool, const Gate& gate) {
  const State& state = pool.state();
  const TaskIndex failed = pool.dead().empty() ? no_task : failed_of(pool, gate);
  if (failed == no_task) return "finish them first";
  return fmt::format(
      "stuck: evener reopen {}, or do without it: evener cancel {}",
      state.task(first_to_reopen(state, failed)).id,
      state.task(failed).id
  );
}

Condition open_tasks_condition(const Pool& pool, const Gate& gate) {
  const State& state = pool.state();
  std::vector<std::string> open;
  for (const TaskIndex task : gate.tasks) {
    if (is_over(state.task(task).stage)) continue;
    open.push_back(fmt::format("{} ({})", state.task(task).id, describe_state(pool, task)));
    if (open.size() > most_waits_named) break;
  }
  if (gate.open_tasks > most_waits_named) {
    open.resize(most_waits_named);
    open.push_back(fmt::format("{} more", gate.open_tasks - most_waits_named));
  }
  return {
      "gate_closed",
      false,
      fmt::format("which waits for {}", fmt::join(open, ", ")),
      remedy_of_open_tasks(pool, gate)
  };
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), most_waits_named);
  std::string out = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", ")
  );
  if (names.size() > shown) out += fmt::format(" and {} more", names.size() - shown);
  return out;
}

std::string describe_blocker(BlockerId id, const Blocker& blocker) {
  std::string out = fmt::format("blocker {} ({}): {}", id, name_of(blocker.severity), blocker.text);
  const std::string& asked = blocker.asked.empty() ? blocker.owner : blocker.asked;
  if (!asked.empty()) out += fmt::format(" (up to {})", asked);
  return out;
}

Condition no_tasks_condition(const Gate& gate) {
  const bool is_phase = gate.kind == Gate::Kind::phase;
  return {
      "gate_closed",
      false,
      "which has no tasks yet",
      fmt::format(
          "evener {}, or: evener approve {}",
          is_phase ? "add TITLE --phase " + gate.id : fmt::format("gate {} TASK...", gate.id),
          gate.id
      )
  };
}

TaskIndex first_to_reopen(const State& state, TaskIndex task) {
  TaskIndex first = task;
  for (TaskIndex at = state.task(task).parent; at != no_task; at = state.task(at).parent) {
    if (!is_closed(state.task(at).stage)) break;
    first = at;
  }
  return first;
}

Condition gate_condition(const Pool& pool, const Gate& gate) {
  const State& state = pool.state();
  if (gate.is_open) return {"gate_closed", true, "which is open", ""};
  if (gate.closed_before > 0) {
    for (const std::string& id : gate.phase.after) {
      const Gate& before = state.gate(state.find_gate(id));
      if (before.is_open) continue;
      const Condition why = gate_condition(pool, before);
      return {
          "gate_closed", false, fmt::format("which comes after {}, {}", id, why.text), why.remedy
      };
    }
  }
  if (gate.open_tasks > 0) return open_tasks_condition(pool, gate);
  if (gate.tasks.empty()) return no_tasks_condition(gate);
  return {
      "gate_closed",
      false,
      fmt::format("which waits for the approval of {}", gate.approver()),
      fmt::format("evener approve {}", gate.id)
  };
}

std::string describe_state(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  const TaskState now = pool.state_of(index);
  std::string out(name_of(now));
  if (now == TaskState::running) {
    out += " by " + state.worker(state.find_attempt(index)->worker).spec.name;
  }
  return out;
}

std::vector<Condition> task_conditions(const Pool& pool, TaskIndex task, Instant now) {
  const State& state = pool.state();
  std::vector<Condition> out{
      stage_condition(pool, task),
      held_condition(state, task),
      needs_condition(pool, task),
      phase_condition(pool, task),
      blocker_condition(pool, task),
      children_condition(pool, task),
      backoff_condition(state, task, now)
  };
  if (auto locks = lock_condition(pool, task)) out.push_back(std::move(*locks));
  return out;
}

std::optional<Refusal> first_refusal(
    const std::vector<Condition>& conditions, std::string_view subject
) {
  for (const Condition& condition : conditions) {
    if (condition.holds) continue;
    return Refusal{
        condition.code, fmt::format("{}: {}", subject, condition.text), condition.remedy
    };
  }
  return std::nullopt;
}

std::vector<TaskIndex> stuck_behind(const Pool& pool, TaskIndex task) {
  const State& state = pool.state();
  if (pool.dead().empty() || is_closed(state.task(task).stage)) return {};
  std::set<TaskIndex> seen{task};
  std::vector<TaskIndex> queue{task};
  std::vector<TaskIndex> dead;
  while (!queue.empty()) {
    const TaskIndex at = queue.back();
    queue.pop_back();
    for_each_prerequisite(state, at, [&](TaskIndex before) {
      const Stage stage = state.task(before).stage;
      const bool is_child = state.task(before).parent == at;
      if (stage == Stage::done || (is_child && stage == Stage::cancelled)) return;
      if (!seen.insert(before).second) return;
      if (is_closed(stage)) {
        dead.push_back(before);
      } else if (stage == Stage::open) {
        queue.push_back(before);
      }
    });
  }
  std::sort(dead.begin(), dead.end());
  return dead;
}

std::size_t stuck_count(const Pool& pool) {
  const State& state = pool.state();
  std::set<TaskIndex> stuck;
  std::set<TaskIndex> blocked;  // by a need, and so is everything below them
  std::vector<TaskIndex> queue;
  const auto reach = [&](TaskIndex index) {
    if (state.task(index).stage == Stage::open && stuck.insert(index).second) {
      queue.push_back(index);
    }
  };
  const auto block = [&](const auto& self, TaskIndex index) -> void {
    if (!blocked.insert(index).second) return;
    reach(index);
    for (const TaskIndex child : state.task(index).children) self(self, child);
  };
  for (const TaskIndex dead : pool.dead()) {
    const Task& task = state.task(dead);
    for (const TaskIndex dependant : task.dependants) block(block, dependant);
    if (task.stage == Stage::failed && task.parent != no_task) reach(task.parent);
  }
  while (!queue.empty()) {
    const Task& task = state.task(queue.back());
    queue.pop_back();
    for (const TaskIndex dependant : task.dependants) block(block, dependant);
    if (task.parent != no_task) reach(task.parent);
  }
  return stuck.size();
}

}  // namespace evener
