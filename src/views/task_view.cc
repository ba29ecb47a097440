// Everything about one task.
#include <fmt/format.h>

#include <algorithm>

#include "core/send.h"
#include "views/tasks.h"

namespace evener {
namespace {

constexpr std::size_t most_related = 100;  // dependants and subtasks shown
constexpr std::size_t most_facts = 200;    // of its history

std::vector<TaskRef> first_refs(const Pool& pool, const SmallList<TaskIndex>& tasks) {
  std::vector<TaskRef> refs;
  for (const TaskIndex task : tasks) {
    if (refs.size() == most_related) break;
    refs.push_back(ref_of(pool, task));
  }
  return refs;
}

std::vector<NeedRow> need_rows(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  std::vector<NeedRow> rows;
  for (TaskIndex at = index; at != no_task; at = state.task(at).parent) {
    for (const NeedEdge& need : state.task(at).needs) {
      rows.push_back(
          {.task = state.task(need.task).id,
           .title = title_of(state, need.task),
           .state = pool.state_of(need.task),
           .until = need.until,
           .holds = state.task(need.task).stage == Stage::done,
           .through = at == index ? "" : state.task(at).id}
      );
    }
  }
  return rows;
}

std::vector<CriterionRow> criterion_rows(const TaskSpec& spec, const TaskExtras* extras) {
  std::vector<CriterionRow> rows;
  for (std::size_t i = 0; i < spec.criteria.size(); ++i) {
    const bool ticked = extras != nullptr && (extras->ticked >> i & 1U) != 0;
    rows.push_back({spec.criteria[i], ticked});
  }
  return rows;
}

// What the history does not tell, because it was read only in part, the state may know.
void complete_newest(const State& state, TaskIndex task, TaskHistory& history, Instant now) {
  const Attempt* attempt = state.find_attempt(task);
  if (attempt == nullptr) return;
  if (history.attempts.empty()) {
    history.attempts.push_back(
        {.worker = state.worker(attempt->worker).spec.name, .fence = attempt->fence}
    );
  }
  AttemptRow& newest = history.attempts.front();
  if (newest.fence != attempt->fence || newest.started) return;
  newest.number = attempt->number;
  newest.started = attempt->started;
  newest.duration_ms = std::max<Millis>(0, newest.ended.value_or(now) - attempt->started);
}

std::string with_reason(std::string text, const TaskExtras* extras) {
  if (extras != nullptr && !extras->reason.empty()) text += ": " + extras->reason;
  return text;
}

std::string ago(Instant then, Instant now) {
  return format_duration(std::max<Millis>(0, now - then));
}

std::string explain_closed(const Pool& pool, TaskIndex index, Instant now) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  const TaskExtras* extras = state.find_extras(index);
  if (task.stage == Stage::done) {
    const std::string by =
        task.worker == no_worker ? "" : " by " + state.worker(task.worker).spec.name;
    return fmt::format("done{}, {} ago", by, ago(task.since, now));
  }
  if (task.stage == Stage::failed) {
    const char* plural = task.attempts == 1 ? "" : "s";
    return with_reason(fmt::format("failed after {} attempt{}", task.attempts, plural), extras);
  }
  return with_reason("cancelled", extras);
}

}  // namespace

std::optional<LeaseRow> lease_of(const Pool& pool, TaskIndex task, Instant now) {
  const State& state = pool.state();
  const Attempt* attempt = state.find_attempt(task);
  const Vitals::Lease* lease = pool.vitals().find(task);
  if (attempt == nullptr || lease == nullptr) return std::nullopt;
  return LeaseRow{
      .worker = state.worker(attempt->worker).spec.name,
      .fence = attempt->fence,
      .attempt = attempt->number,
      .started = attempt->started,
      .expires = lease->expires,
      .left_ms = std::max<Millis>(0, lease->expires - now),
      .progress = lease->progress
  };
}

std::string explain_state(const Pool& pool, TaskIndex index, Instant now) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  const TaskState is = pool.state_of(index);
  if (is == TaskState::running) {
    const Attempt& attempt = *state.find_attempt(index);
    return fmt::format(
        "running by {} (attempt {}, fence {}) for {}",
        state.worker(attempt.worker).spec.name,
        attempt.number,
        attempt.fence.value,
        ago(attempt.started, now)
    );
  }
  if (is_closed(task.stage)) return explain_closed(pool, index, now);
  if (is == TaskState::ready) return fmt::format("ready for {}", ago(task.since, now));
  if (is == TaskState::held) return with_reason("held", state.find_extras(index));
  for (const Condition& condition : task_conditions(pool, index, now)) {
    if (!condition.holds) return fmt::format("waiting: {}", condition.text);
  }
  return std::string(name_of(is));
}

Result<TaskView> task_view(
    const Pool& pool, TaskIndex index, const FactSource& facts, Instant now
) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  const TaskExtras* extras = state.find_extras(index);
  TaskHistory history = TRY(read_history(facts, task.last_fact, most_facts, now));
  complete_newest(state, index, history, now);
  TaskView view{
      .spec = spec_of(state, index),
      .state = pool.state_of(index),
      .explanation = explain_state(pool, index, now),
      .since = task.since,
      .lease = lease_of(pool, index, now),
      .blockers = blockers_of(pool, index, now),
      .needs = need_rows(pool, index),
      .dependants = first_refs(pool, task.dependants),
      .dependants_total = static_cast<std::int64_t>(task.dependants.size()),
      .children = first_refs(pool, task.children),
      .children_total = static_cast<std::int64_t>(task.children.size()),
      .progress = tree_progress(state, index),
      .attempts = std::move(history.attempts),
      .notes = std::move(history.notes),
      .older_history = history.older,
      .path_ms = is_closed(task.stage) ? 0 : pool.paths().length(index)
  };
  view.criteria = criterion_rows(view.spec, extras);
  if (task.stage == Stage::open) view.conditions = rows_of(task_conditions(pool, index, now));
  if (extras != nullptr) {
    view.reason = extras->reason;
    view.result = extras->result;
    view.findings.assign(extras->findings.rbegin(), extras->findings.rend());
    view.salvage.assign(extras->salvage.rbegin(), extras->salvage.rend());
  }
  view.expected = expected_of(pool, index);
  view.slack = SlackFinder(pool, now).of(index);
  view.left = left_of(pool, index, now);
  if (const Vitals::Lease* const lease = pool.vitals().find(index)) view.output = lease->output;
  for (const WorkerIndex worker : followers_of(state, index)) {
    view.followers.push_back(state.worker(worker).spec.name);
  }
  for (const TaskIndex dead : stuck_behind(pool, index)) {
    view.stuck_behind.push_back(state.task(dead).id);
  }
  return view;
}

}  // namespace evener
