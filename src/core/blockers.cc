// Blockers in the pool, and tasks that let one lease lapse after the other.
#include <algorithm>

#include "core/pool.h"

namespace evener {

// An urgent blocker asks its owner at once; each further step, and the first of less grave ones,
// takes a while.
Escalation next_escalation(const Blocker& blocker, const PoolSettings& settings) {
  constexpr Millis patience_with_normal = 4;
  if (settings.escalate_ms == 0 || blocker.severity == Priority::low) return {};
  const bool has_owner = !blocker.owner.empty();
  const auto step = static_cast<std::size_t>(blocker.level) - (has_owner ? 1U : 0U);
  const bool asks_owner = has_owner && blocker.level == 0;
  if (!asks_owner && step >= settings.escalate_to.size()) return {};
  Millis wait = settings.escalate_ms;
  if (blocker.severity == Priority::normal) wait *= patience_with_normal;
  if (blocker.severity == Priority::urgent && blocker.level == 0) wait = 0;
  return {
      .at = blocker.escalated_at + wait,
      .to = asks_owner ? blocker.owner : settings.escalate_to[step]
  };
}

void Pool::apply_body(const BlockerRaised& fact, const Fact& whole) {
  const Blocker blocker{
      .task = known_task(fact.task),
      .text = fact.text,
      .severity = fact.severity,
      .stops = fact.stops,
      .owner = fact.owner,
      .reporter = fact.worker.empty() ? whole.by : fact.worker,
      .raised_at = whole.at,
      .level = 0,
      .escalated_at = whole.at,
      .asked = {}
  };
  state_.last_blocker = std::max(state_.last_blocker, fact.blocker);
  state_.blockers.insert_or_assign(fact.blocker, blocker);
  link_blocker(fact.blocker, blocker);
  refresh_below(blocker.task);
}

void Pool::apply_body(const BlockerResolved& fact, const Fact&) {
  const auto found = state_.blockers.find(fact.blocker);
  CHECK(found != state_.blockers.end(), "a blocker was resolved that is not open");
  const TaskIndex task = found->second.task;
  if (found->second.stops == Stops::start) --state_.task(task).blockers;
  unschedule(fact.blocker);
  const auto of_task = blockers_of_.find(task);
  std::erase(of_task->second, fact.blocker);
  if (of_task->second.empty()) blockers_of_.erase(of_task);
  state_.blockers.erase(found);
  refresh_below(task);
}

void Pool::apply_body(const BlockerEscalated& fact, const Fact& whole) {
  const auto found = state_.blockers.find(fact.blocker);
  CHECK(found != state_.blockers.end(), "a blocker escalated that is not open");
  unschedule(fact.blocker);
  found->second.level = fact.level;
  found->second.escalated_at = whole.at;
  found->second.asked = fact.to;
  schedule(fact.blocker, found->second);
}

const std::vector<BlockerId>& Pool::blockers_of(TaskIndex task) const {
  static const std::vector<BlockerId> none;
  const auto found = blockers_of_.find(task);
  return found == blockers_of_.end() ? none : found->second;
}

void Pool::link_blocker(BlockerId id, const Blocker& blocker) {
  blockers_of_[blocker.task].push_back(id);
  if (blocker.stops == Stops::start) ++state_.task(blocker.task).blockers;
  schedule(id, blocker);
}

// Nobody is asked to clear the way for work that is over; a task that is reopened asks again.
void Pool::schedule(BlockerId id, const Blocker& blocker) {
  if (is_over(state_.task(blocker.task).stage)) return;
  const Escalation next = next_escalation(blocker, state_.settings);
  if (next.at != 0) escalations_.emplace(next.at, id);
}

void Pool::unschedule(BlockerId id) {
  const Escalation next = next_escalation(state_.blockers.at(id), state_.settings);
  escalations_.erase({next.at, id});
}

void Pool::schedule_blockers(TaskIndex task) {
  for (const BlockerId id : blockers_of(task)) schedule(id, state_.blockers.at(id));
}

void Pool::unschedule_blockers(TaskIndex task) {
  for (const BlockerId id : blockers_of(task)) unschedule(id);
}

// ---- lapses in a row ---------------------------------------------------------------------------

void Pool::count_lapse(TaskIndex index) {
  TaskExtras& extras = state_.extras[index];
  ++extras.lapses_in_a_row;
  const std::int64_t limit = state_.settings.lapse_limit;
  if (limit > 0 && extras.lapses_in_a_row >= limit) to_set_aside_.insert(index);
}

void Pool::end_lapses(TaskIndex index) {
  if (!to_set_aside_.empty()) to_set_aside_.erase(index);
  const auto extras = state_.extras.find(index);
  if (extras != state_.extras.end()) extras->second.lapses_in_a_row = 0;
}

}  // namespace evener
