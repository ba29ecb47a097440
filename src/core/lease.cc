// Leases: renewal, lapse, and the check that every write to an attempt passes.
#include "core/lease.h"

#include <fmt/format.h>

#include "core/conditions.h"
#include "core/lock_conditions.h"

namespace evener {

std::optional<Refusal> check_holder(
    const Pool& pool, TaskIndex index, const std::string& worker, Fence fence
) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  const auto now = [&] { return describe_state(pool, index); };
  if (fence > state.last_fence || fence.value <= 0) {
    return Refusal{
        "stale_fence",
        fmt::format("{}: fence {} was never granted; it is {}", task.id, fence.value, now()),
        "show the fence that the claim answered"
    };
  }
  if (fence != task.fence) {
    return Refusal{
        "stale_fence",
        fmt::format(
            "{}: fence {} is not its newest ({}); it is {}",
            task.id,
            fence.value,
            task.fence.value,
            now()
        ),
        "stop working on it; what you found can be handed over with: evener note " + task.id +
            " --finding TEXT",
        {to_text(JsonObject{{"fence", task.fence.value}})}
    };
  }
  const std::string& holder = state.worker(task.worker).spec.name;
  if (holder != worker) {
    return Refusal{
        "not_holder",
        fmt::format("{}: fence {} belongs to {}, not to {}", task.id, fence.value, holder, worker),
        "name the worker that claimed it"
    };
  }
  if (state.find_attempt(index) == nullptr) {
    return Refusal{
        "attempt_over",
        fmt::format("{}: that attempt is over; the task is {}", task.id, now()),
        is_closed(task.stage) && !task.is_lock
            ? "if it is still to be done: evener reopen " + task.id
            : "claim it again if it is still to be done"
    };
  }
  return std::nullopt;
}

std::optional<AttemptRevived> revival(const Pool& pool, TaskIndex index, Instant now) {
  const State& state = pool.state();
  const Attempt& attempt = *state.find_attempt(index);
  if (!attempt.lapsed) return std::nullopt;
  return AttemptRevived{
      .task = state.task(index).id,
      .worker = state.worker(attempt.worker).spec.name,
      .fence = attempt.fence,
      .expires = now + attempt.lease_ms
  };
}

Decision decide_command(
    const Pool& pool, const Author&, const Renew& command, const Moment& moment
) {
  const State& state = pool.state();
  const WorkerIndex worker = state.find_worker(command.worker);
  if (command.task.empty()) {
    if (worker == no_worker) return refuse(unknown_worker(command.worker));
    return {.vital = VitalSign{.worker = worker}};
  }
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  if (auto refusal = check_holder(pool, index, command.worker, command.fence)) {
    return refuse(std::move(*refusal));
  }
  Decision decision;
  if (auto revived = revival(pool, index, moment.now)) {
    if (auto lost = locks_lost(pool, index)) return refuse(std::move(*lost));
    decision.facts.emplace_back(std::move(*revived));
    return decision;
  }
  const Attempt& attempt = *state.find_attempt(index);
  if (moment.vital_renewals) {
    decision.vital = VitalSign{
        .task = index, .worker = worker, .progress = command.progress, .output = command.output
    };
    return decision;
  }
  const bool says_nothing = command.progress == Progress{};
  decision.facts.emplace_back(LeaseRenewed{
      .task = command.task,
      .worker = command.worker,
      .fence = command.fence,
      .expires = std::max(attempt.expires, moment.now + attempt.lease_ms),
      .progress = says_nothing ? attempt.progress : command.progress
  });
  return decision;
}

std::optional<FactBody> decide_lapse(Pool& pool, const Moment& moment) {
  const std::optional<TaskIndex> due = pool.next_lapse(moment.now);
  if (!due) return std::nullopt;
  const State& state = pool.state();
  const Attempt* attempt = state.find_attempt(*due);
  CHECK(attempt != nullptr && !attempt->lapsed, "a lease lapsed that was not live");
  const std::string& worker = state.worker(attempt->worker).spec.name;
  std::string reason =
      fmt::format("nothing was heard from {} for {}", worker, format_duration(attempt->lease_ms));
  // Whoever held it by hand is gone, and nobody else would take it up.
  if (state.task(*due).is_lock) {
    return TaskCancelled{.task = state.task(*due).id, .reason = std::move(reason)};
  }
  return AttemptLapsed{
      .task = state.task(*due).id,
      .worker = worker,
      .fence = attempt->fence,
      .reason = std::move(reason)
  };
}

}  // namespace evener
