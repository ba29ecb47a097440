#include "core/schedules.h"

#include <fmt/format.h>

#include <algorithm>

namespace evener {
namespace {

std::string instance_id(const std::string& schedule, std::int64_t number) {
  return fmt::format("{}-{}", schedule, number);
}

// What happened, as schedules are called by it.
std::vector<ScheduleCall> calls_in(const State& state, const FactBody& body) {
  if (const auto* finished = std::get_if<AttemptFinished>(&body)) {
    return {{Call::task_done, finished->task}};
  }
  std::vector<ScheduleCall> calls;
  const auto* opened = std::get_if<GateOpened>(&body);
  if (opened == nullptr) return calls;
  calls.push_back({Call::gate_opened, opened->gate});
  for (const GateIndex follower : state.gate(state.find_gate(opened->gate)).followers) {
    const Gate& phase = state.gate(follower);
    if (phase.may_start()) calls.push_back({Call::phase_opened, phase.id});
  }
  return calls;
}

bool is_called(const ScheduleSpec& spec, const ScheduleCall& call) {
  return std::any_of(spec.on.begin(), spec.on.end(), [&](const std::string& text) {
    const std::optional<ScheduleCall> on = schedule_call_of(text);
    if (!on || on->call != call.call) return false;
    return on->call == Call::task_done ? matches_id(on->what, call.what) : on->what == call.what;
  });
}

}  // namespace

TaskSpec instance_spec(const State& state, const ScheduleSpec& schedule, std::int64_t made) {
  TaskSpec spec = schedule.task;
  do {
    spec.id = instance_id(schedule.id, ++made);
  } while (state.find_task(spec.id) != no_task);
  if (spec.title.empty()) spec.title = schedule.id;
  const std::string label = label_of_schedule(schedule.id);
  if (std::find(spec.labels.begin(), spec.labels.end(), label) == spec.labels.end()) {
    spec.labels.push_back(label);
  }
  return spec;
}

std::optional<TaskAdded> next_instance(const Pool& pool, Instant now) {
  const State& state = pool.state();
  const ScheduleWatch& watch = pool.schedule_watch();
  std::string id;
  if (!watch.called().empty()) {
    id = *watch.called().begin();
  } else if (!watch.timed().empty() && watch.timed().begin()->first <= now) {
    id = watch.timed().begin()->second;
  }
  if (id.empty() || state.tasks.size() >= limits::tasks_per_pool) return std::nullopt;
  const ScheduleRecord& schedule = state.records.schedules.at(id);
  TaskSpec spec = instance_spec(state, schedule.spec, schedule.made);
  const GateIndex phase = spec.phase.empty() ? no_gate : state.find_gate(spec.phase);
  const bool is_gate = phase != no_gate && state.gate(phase).kind == Gate::Kind::gate;
  if (is_gate) spec.phase.clear();  // it became one since the schedule was described
  return TaskAdded{std::move(spec)};
}

Instant next_instance_at(const Pool& pool) {
  const auto& timed = pool.schedule_watch().timed();
  return timed.empty() ? 0 : timed.begin()->first;
}

void Pool::apply_body(const ScheduleSet& fact, const Fact& whole) {
  const auto [found, is_new] = state_.records.schedules.try_emplace(fact.spec.id);
  ScheduleRecord& schedule = found->second;
  schedule.spec = fact.spec;
  if (fact.spec.stopped) schedule.wanted = false;
  if (is_new) {
    schedule.set_at = whole.at;
    // Instances that came with a plan count.
    for (std::int64_t next = 1;; ++next) {
      const TaskIndex task = state_.find_task(instance_id(fact.spec.id, next));
      if (task == no_task) break;
      if (!instance_of(state_, task)) continue;
      schedule.made = next;
      schedule_watch_.look_at(task);
    }
  }
  schedule_watch_.settle(fact.spec.id);
}

// What a fact means for schedules: an instance came, changed or is over; others are called.
void Pool::follow_schedules(const Fact& fact) {
  auto& schedules = state_.records.schedules;
  if (schedules.empty()) return;
  std::optional<Instance> instance;
  if (const std::string_view id = task_of(fact.body); !id.empty()) {
    const TaskIndex task = state_.find_task(id);
    instance = instance_of(state_, task);
    const auto own = instance ? schedules.find(instance->schedule) : schedules.end();
    if (own != schedules.end() && std::holds_alternative<TaskAdded>(fact.body)) {
      own->second.made = std::max(own->second.made, instance->number);
      own->second.last_at = fact.at;
      own->second.wanted = false;
    }
    schedule_watch_.look_at(task);
  }
  for (const ScheduleCall& call : calls_in(state_, fact.body)) {
    for (auto& [id, schedule] : schedules) {
      const bool is_own = instance && instance->schedule == id;
      if (is_own || schedule.spec.stopped || !is_called(schedule.spec, call)) continue;
      schedule.wanted = true;
      schedule_watch_.settle(id);
    }
  }
}

}  // namespace evener
