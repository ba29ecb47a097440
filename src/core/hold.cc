// Hold and resume, cancel and reopen.
#include <fmt/format.h>

#include "core/conditions.h"
#include "core/decide.h"

namespace evener {
namespace {

Refusal wrong_state(const Pool& pool, TaskIndex task, std::string_view action) {
  return {
      "wrong_state",
      fmt::format(
          "{} cannot be {}: it is {}",
          pool.state().task(task).id,
          action,
          describe_state(pool, task)
      ),
      ""
  };
}

// The task and everything below it that is not closed yet, deepest last.
void append_open(const State& state, TaskIndex index, std::vector<TaskIndex>& out) {
  if (!is_closed(state.task(index).stage) || state.task(index).stage == Stage::failed) {
    out.push_back(index);
  }
  for (const TaskIndex child : state.task(index).children) append_open(state, child, out);
}

}  // namespace

Decision decide_command(const Pool& pool, const Author&, const Hold& command, const Moment&) {
  const TaskIndex index = pool.state().find_task(command.task);
  if (index == no_task) return refuse(unknown_task(pool.state(), command.task));
  const Task& task = pool.state().task(index);
  if (is_closed(task.stage)) return refuse(wrong_state(pool, index, "held"));
  // A new reason is written down over the old one: an import lets go what it held itself.
  if (task.held) {
    const TaskExtras* extras = pool.state().find_extras(index);
    const bool is_known = extras != nullptr && extras->reason == command.reason;
    if (command.reason.empty() || is_known) return {};
  }
  return {.facts = {TaskHeld{.task = command.task, .reason = command.reason}}};
}

Decision decide_command(const Pool& pool, const Author&, const Resume& command, const Moment&) {
  const TaskIndex index = pool.state().find_task(command.task);
  if (index == no_task) return refuse(unknown_task(pool.state(), command.task));
  if (!pool.state().task(index).held) return {};
  return {.facts = {TaskResumed{.task = command.task, .reason = command.reason}}};
}

Decision decide_command(const Pool& pool, const Author&, const Cancel& command, const Moment&) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  const Stage stage = state.task(index).stage;
  if (stage == Stage::cancelled) return {};
  if (stage == Stage::done) {
    Refusal refusal = wrong_state(pool, index, "cancelled");
    refusal.remedy = fmt::format("evener reopen {}, then cancel it", command.task);
    return refuse(std::move(refusal));
  }
  std::vector<TaskIndex> open;
  append_open(state, index, open);
  Decision decision;
  for (const TaskIndex task : open) {
    decision.facts.emplace_back(TaskCancelled{.task = state.task(task).id, .reason = command.reason}
    );
  }
  return decision;
}

Decision decide_command(const Pool& pool, const Author&, const Reopen& command, const Moment&) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  const Task& task = state.task(index);
  if (!is_closed(task.stage)) return refuse(wrong_state(pool, index, "reopened"));
  if (task.parent != no_task && is_closed(state.task(task.parent).stage)) {
    Refusal refusal = wrong_state(pool, task.parent, "left closed over an open subtask");
    refusal.remedy =
        fmt::format("evener reopen {} first", state.task(first_to_reopen(state, index)).id);
    return refuse(std::move(refusal));
  }
  return {.facts = {TaskReopened{.task = command.task, .reason = command.reason}}};
}

}  // namespace evener
