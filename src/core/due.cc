#include "core/due.h"

#include <fmt/format.h>

#include <algorithm>

namespace evener {

namespace {

// The first line of a reason, or what of it fits one.
std::string in_short(const std::string& reason) {
  constexpr std::size_t longest = 120;
  std::size_t end = std::min({reason.size(), reason.find('\n'), longest});
  while (end > 0 && end < reason.size() &&
         (static_cast<unsigned char>(reason[end]) & 0xC0U) == 0x80U)
    --end;
  return reason.substr(0, end);
}

FactBody health_news(const Pool& pool, WorkerIndex index, Instant now) {
  const State& state = pool.state();
  const Worker& worker = state.worker(index);
  const WorkerHealth& health = worker.health;
  if (health.is_set_aside() && health.news != WorkerHealth::News::failed) {
    return WorkerReturned{
        .worker = worker.spec.name,
        .reason = health.news == WorkerHealth::News::finished ? "it finished a task"
                                                              : "no worker is set aside any more"
    };
  }
  const TaskIndex last = health.failed.back();
  const TaskExtras* extras = state.find_extras(last);
  std::string reason =
      health.is_set_aside()
          ? fmt::format("{}, which it tried as a probe, failed too", state.task(last).id)
      : health.failed.size() == 1 ? fmt::format("{} failed", state.task(last).id)
                                  : fmt::format(
                                        "{} different tasks failed in a row, {} last",
                                        health.failed.size(),
                                        state.task(last).id
                                    );
  if (extras != nullptr && !extras->reason.empty()) reason += ": " + in_short(extras->reason);
  return WorkerSetAside{
      .worker = worker.spec.name,
      .reason = std::move(reason),
      .until = now + set_aside_pause(health.times),
      .times = health.times + 1
  };
}

}  // namespace

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
  if (!pool.health_news().empty()) return health_news(pool, *pool.health_news().begin(), now);
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
  return pool.escalations().empty() ? 0 : pool.escalations().begin()->first;
}

}  // namespace evener
