// Describing and stopping schedules.
#include <fmt/format.h>

#include <algorithm>

#include "core/decide.h"
#include "core/schedules.h"

namespace evener {
namespace {

std::optional<Refusal> bad_spec(const ScheduleSpec& spec) {
  if (!spec.every_ms && spec.on.empty()) {
    return Refusal{
        "missing_field",
        fmt::format("{}: nothing says when it comes", spec.id),
        "give an interval, or what calls for it: --every 2h, --on gate_opened:ID"
    };
  }
  for (const std::string& call : spec.on) {
    if (schedule_call_of(call)) continue;
    return Refusal{
        "bad_value",
        fmt::format("'{}' calls for nothing", call),
        fmt::format("write {}, a colon and an id", fmt::join(EnumNames<Call>::names, ", "))
    };
  }
  const TaskSpec& task = spec.task;
  if (!task.id.empty() || !task.parent.empty()) {
    return Refusal{
        "bad_value",
        fmt::format("{}: its tasks get their ids from it, and stand below no other task", spec.id),
        "leave out id and parent"
    };
  }
  if (task.labels.size() >= limits::names_per_task) {
    return Refusal{
        "too_many",
        fmt::format("{}: its tasks get one label more", spec.id),
        fmt::format("give at most {}", limits::names_per_task - 1)
    };
  }
  return std::nullopt;
}

Decision stop(const State& state, const std::string& id) {
  const auto known = state.records.schedules.find(id);
  if (known == state.records.schedules.end()) {
    return refuse(
        {"unknown_schedule", fmt::format("there is no schedule '{}'", id), "see: evener schedules"}
    );
  }
  if (known->second.spec.stopped) return {};
  ScheduleSpec stopped = known->second.spec;
  stopped.stopped = true;
  return {.facts = {ScheduleSet{std::move(stopped)}}};
}

}  // namespace

Decision decide_command(
    const Pool& pool, const Author& author, const SetSchedule& command, const Moment& moment
) {
  const State& state = pool.state();
  ScheduleSpec spec = command.spec;
  const bool only_stops = spec.stopped && !spec.every_ms && spec.on.empty();
  if (only_stops) return stop(state, spec.id);
  if (auto refusal = bad_spec(spec)) return refuse(std::move(*refusal));
  const auto known = state.records.schedules.find(spec.id);
  const bool is_new = known == state.records.schedules.end();
  if (is_new && state.records.schedules.size() >= limits::schedules_per_pool) {
    return refuse(
        {"pool_full",
         fmt::format("a pool holds at most {} schedules", limits::schedules_per_pool),
         "describe one that exists anew: evener schedules"}
    );
  }
  // What an instance would be refused for now is refused here. None can become part of a cycle
  // later: it needs only what exists, and nothing that exists can need it.
  const std::int64_t made = is_new ? 0 : known->second.made;
  Decision trial =
      decide_command(pool, author, AddTasks{.tasks = {instance_spec(state, spec, made)}}, moment);
  if (trial.refusal) return trial;
  spec.task = std::get<TaskAdded>(trial.facts.front()).spec;
  spec.task.id.clear();
  if (command.spec.task.title.empty()) spec.task.title.clear();
  std::erase(spec.task.labels, label_of_schedule(spec.id));
  if (!is_new && known->second.spec == spec) return {};
  return {.facts = {ScheduleSet{std::move(spec)}}};
}

}  // namespace evener
