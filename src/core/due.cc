#include "core/due.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/schedules.h"

namespace evener {

std::optional<FactBody> decide_due(const Pool& pool, Instant now) {
  const State& state = pool.state();
  if (!pool.turned_gates().empty()) {
    const Gate& gate = state.gate(*pool.turned_gates().begin());
    if (gate.is_open) return GateOpened{gate.id};
    return GateClosed{gate.id};
  }
  if (!pool.to_set_aside().empty()) {
    const TaskIndex index = *pool.to_set_aside().begin();
    return TaskHeld{
        .task = state.task(index).id,
        .reason = fmt::format(
            "its lease lapsed {} times in a row: it may be what ends its workers",
            state.find_extras(index)->lapses_in_a_row
        )
    };
  }
  if (!pool.self_ticks().due().empty()) {
    const auto& [task, criterion] = *pool.self_ticks().due().begin();
    return CriterionTicked{
        .task = state.task(task).id,
        .criterion = criterion,
        .done = true,
        .reason = pool.self_ticks().reason(task, criterion)
    };
  }
  if (std::optional<TaskAdded> instance = next_instance(pool, now)) return std::move(*instance);
  if (pool.escalations().empty() || pool.escalations().begin()->first > now) return std::nullopt;
  const BlockerId id = pool.escalations().begin()->second;
  const Blocker& blocker = state.blockers.at(id);
  return BlockerEscalated{
      .blocker = id,
      .task = state.task(blocker.task).id,
      .to = next_escalation(blocker, state.settings).to,
      .level = blocker.level + 1
  };
}

Instant next_due(const Pool& pool) {
  const Instant escalation = pool.escalations().empty() ? 0 : pool.escalations().begin()->first;
  const Instant instance = next_instance_at(pool);
  if (escalation == 0 || instance == 0) return std::max(escalation, instance);
  return std::min(escalation, instance);
}

}  // namespace evener
