// Raising and resolving blockers.
#include <fmt/format.h>

#include "core/conditions.h"
#include "core/decide.h"
#include "core/send.h"

namespace evener {

Decision
decide_command(const Pool& pool, const Author&, const RaiseBlocker& command, const Moment&) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  if (!command.worker.empty() && state.find_worker(command.worker) == no_worker) {
    return refuse(unknown_worker(command.worker));
  }
  if (command.text.empty()) {
    return refuse({"missing_field", "a blocker needs a text", "say what stands in the way"});
  }
  if (is_over(state.task(index).stage)) {
    return refuse(
        {"wrong_state",
         fmt::format(
             "{} is {}: nothing can stand in its way", command.task, describe_state(pool, index)
         ),
         "evener reopen " + command.task}
    );
  }
  if (state.blockers.size() >= limits::open_blockers_per_pool) {
    return refuse(
        {"pool_full",
         fmt::format("a pool holds at most {} open blockers", limits::open_blockers_per_pool),
         "resolve some: evener blockers"}
    );
  }
  return {
      .facts = {BlockerRaised{
          .blocker = state.last_blocker + 1,
          .task = command.task,
          .text = command.text,
          .severity = command.severity,
          .stops = command.stops,
          .owner = command.owner,
          .worker = command.worker
      }}
  };
}

Decision
decide_command(const Pool& pool, const Author&, const ResolveBlocker& command, const Moment&) {
  const State& state = pool.state();
  const auto found = state.blockers.find(command.blocker);
  if (found == state.blockers.end()) {
    const bool was = command.blocker >= 1 && command.blocker <= state.last_blocker;
    if (was) return {};
    return refuse(
        {"unknown_blocker",
         fmt::format("there is no blocker {}", command.blocker),
         "see: evener blockers"}
    );
  }
  if (!command.worker.empty() && state.find_worker(command.worker) == no_worker) {
    return refuse(unknown_worker(command.worker));
  }
  Decision decision;
  if (auto news = news_of_resolution(pool, command.blocker, command)) {
    decision.facts.emplace_back(std::move(*news));
  }
  decision.facts.emplace_back(BlockerResolved{
      .blocker = command.blocker,
      .task = state.task(found->second.task).id,
      .worker = command.worker,
      .reason = command.reason
  });
  return decision;
}

}  // namespace evener
