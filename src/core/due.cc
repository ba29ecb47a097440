#include "core/due.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/reports.h"
#include "core/schedules.h"
#include "core/send.h"

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

Instant end_of(const Message& message, const PoolSettings& settings) {
  constexpr Millis day = 86'400'000;
  return message.sent_at + settings.message_days * day;
}

std::optional<FactBody> next_fact(const Pool& pool, Instant now) {
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
  if (!pool.escalations().empty() && pool.escalations().begin()->first <= now) {
    const BlockerId id = pool.escalations().begin()->second;
    const Blocker& blocker = state.blockers.at(id);
    return BlockerEscalated{
        .blocker = id,
        .task = state.task(blocker.task).id,
        .to = next_escalation(blocker, state.settings).to,
        .level = blocker.level + 1
    };
  }
  if (!pool.reports_due().empty() && pool.reports_due().begin()->first <= now) {
    const WorkerIndex worker = pool.reports_due().begin()->second;
    const ReportStep step = next_report_step(pool, worker);
    return ReportOverdue{
        .worker = state.worker(worker).spec.name,
        .since = reported_at(pool, worker),
        .level = step.level,
        .to = step.to
    };
  }
  MessageId expired = 0;
  for (const auto& [id, message] : state.messages.live) {
    if (end_of(message, state.settings) > now) break;
    expired = id;
  }
  if (expired > 0) return MessagesExpired{expired};
  return std::nullopt;
}

}  // namespace

std::vector<FactBody> decide_due(const Pool& pool, Instant now) {
  std::optional<FactBody> fact = next_fact(pool, now);
  if (!fact) return {};
  std::vector<FactBody> facts{std::move(*fact)};
  if (auto news = news_of(pool, facts.front(), now)) facts.emplace_back(std::move(*news));
  return facts;
}

Instant next_due(const Pool& pool) {
  Instant next = 0;
  const auto consider = [&](Instant at) {
    if (next == 0 || at < next) next = at;
  };
  if (!pool.escalations().empty()) consider(pool.escalations().begin()->first);
  if (!pool.reports_due().empty()) consider(pool.reports_due().begin()->first);
  const auto& messages = pool.state().messages.live;
  if (!messages.empty()) consider(end_of(messages.begin()->second, pool.state().settings));
  if (const Instant instance = next_instance_at(pool); instance != 0) consider(instance);
  return next;
}

}  // namespace evener
