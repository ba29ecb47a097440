// Notes, findings and checklists.
#include <fmt/format.h>

#include "core/decide.h"

namespace evener {

Decision decide_command(const Pool& pool, const Author&, const AddNote& command, const Moment&) {
  const State& state = pool.state();
  if (command.task.empty() && command.worker.empty()) {
    return refuse({"missing_field", "a note needs a task or a worker", "name one"});
  }
  if (command.text.empty()) {
    return refuse({"missing_field", "a note needs a text", "evener note TASK TEXT"});
  }
  if (!command.task.empty() && state.find_task(command.task) == no_task) {
    return refuse(unknown_task(state, command.task));
  }
  if (!command.worker.empty() && state.find_worker(command.worker) == no_worker) {
    return refuse(unknown_worker(command.worker));
  }
  return {
      .facts = {NoteAdded{
          .task = command.task,
          .worker = command.worker,
          .text = command.text,
          .finding = command.finding
      }}
  };
}

Decision
decide_command(const Pool& pool, const Author&, const TickCriterion& command, const Moment&) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  const Task& task = state.task(index);
  if (command.criterion > task.criteria) {
    return refuse(
        {"bad_value",
         fmt::format("{} has {} criteria, not {}", task.id, task.criteria, command.criterion),
         "see: evener show " + task.id}
    );
  }
  const TaskExtras* extras = state.find_extras(index);
  const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(command.criterion - 1);
  const bool ticked = extras != nullptr && (extras->ticked & bit) != 0;
  if (ticked == command.done) return {};
  return {
      .facts = {CriterionTicked{
          .task = command.task, .criterion = command.criterion, .done = command.done
      }}
  };
}

}  // namespace evener
