// The ends of an attempt: finish, fail, release.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/conditions.h"
#include "core/lease.h"

namespace evener {
namespace {

// A result that came too late is refused, but kept on the task. Saying it twice keeps it once.
Decision keep_as_salvage(const Pool& pool, TaskIndex index, Refusal refusal, SalvageKept late) {
  Decision decision = refuse(std::move(refusal));
  const State& state = pool.state();
  const bool was_granted = late.fence <= state.task(index).fence && late.fence.value > 0;
  const bool is_known = state.find_worker(late.worker) != no_worker;
  const bool is_late =
      decision.refusal->code == "stale_fence" ||
      (decision.refusal->code == "attempt_over" && state.task(index).stage == Stage::cancelled);
  if (!was_granted || !is_known || !is_late) return decision;
  if (const TaskExtras* extras = state.find_extras(index)) {
    const auto& kept = extras->salvage;
    if (std::find(kept.begin(), kept.end(), late) != kept.end()) return decision;
  }
  decision.refusal->remedy = "stop working on it; the result is kept: evener show " + late.task;
  decision.facts.emplace_back(std::move(late));
  return decision;
}

void append_findings(
    std::vector<FactBody>& facts,
    const std::string& task,
    const std::string& worker,
    const std::vector<std::string>& findings
) {
  for (const std::string& text : findings) {
    facts.emplace_back(NoteAdded{.task = task, .worker = worker, .text = text, .finding = true});
  }
}

// Evidence before done: verify must have passed, the checklist be ticked, the subtasks be closed.
std::optional<Refusal> not_done_yet(const Pool& pool, TaskIndex index, const Finish& command) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  if (task.has_verify && !command.verify.exit_code) {
    return Refusal{
        "evidence_missing",
        fmt::format("{}: its verify command must pass first", task.id),
        "run it and send its exit code; evener finish and evener work do so by themselves"
    };
  }
  if (task.has_verify && *command.verify.exit_code != 0) {
    return Refusal{
        "verify_failed",
        fmt::format("{}: its verify command ended with {}", task.id, *command.verify.exit_code),
        fmt::format("mend it, or: evener fail {} --reason TEXT", task.id)
    };
  }
  const TaskExtras* extras = state.find_extras(index);
  const int ticked = extras == nullptr ? 0 : std::popcount(extras->ticked);
  if (ticked < task.criteria) {
    return Refusal{
        "criteria_open",
        fmt::format("{}: {} of {} criteria are ticked", task.id, ticked, task.criteria),
        fmt::format("evener tick {} all, once they are met", task.id)
    };
  }
  for (const BlockerId id : pool.blockers_of(index)) {
    const Blocker& blocker = state.blockers.at(id);
    if (blocker.stops != Stops::finish) continue;
    return Refusal{
        "blocked",
        fmt::format("{}: {}", task.id, describe_blocker(id, blocker)),
        fmt::format("evener resolve {}, once it is out of the way", id)
    };
  }
  if (task.open_children > 0) {
    return Refusal{
        "children_open",
        fmt::format("{}: {} of its subtasks are open", task.id, task.open_children),
        "finish or cancel them first"
    };
  }
  return std::nullopt;
}

}  // namespace

Decision decide_command(
    const Pool& pool, const Author&, const Finish& command, const Moment& moment
) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  if (auto refusal = check_holder(pool, index, command.worker, command.fence)) {
    SalvageKept late{
        .task = command.task,
        .worker = command.worker,
        .fence = command.fence,
        .outcome = std::string(Finish::type),
        .result = command.result,
        .run = command.run,
        .verify = command.verify
    };
    return keep_as_salvage(pool, index, std::move(*refusal), std::move(late));
  }
  if (auto refusal = not_done_yet(pool, index, command)) return refuse(std::move(*refusal));
  Decision decision;
  if (auto revived = revival(pool, index, moment.now)) {
    decision.facts.emplace_back(std::move(*revived));
  }
  append_findings(decision.facts, command.task, command.worker, command.findings);
  decision.facts.emplace_back(AttemptFinished{
      .task = command.task,
      .worker = command.worker,
      .fence = command.fence,
      .result = command.result,
      .run = command.run,
      .verify = command.verify,
      .untimed = command.untimed
  });
  return decision;
}

Decision decide_command(
    const Pool& pool, const Author&, const Fail& command, const Moment& moment
) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  if (auto refusal = check_holder(pool, index, command.worker, command.fence)) {
    SalvageKept late{
        .task = command.task,
        .worker = command.worker,
        .fence = command.fence,
        .outcome = std::string(Fail::type),
        .result = command.reason,
        .run = command.run,
        .verify = command.verify
    };
    return keep_as_salvage(pool, index, std::move(*refusal), std::move(late));
  }
  Decision decision;
  if (auto revived = revival(pool, index, moment.now)) {
    decision.facts.emplace_back(std::move(*revived));
  }
  append_findings(decision.facts, command.task, command.worker, command.findings);
  const TaskSpec spec = spec_of(state, index);
  const auto failures = static_cast<std::int64_t>(state.task(index).failures);
  AttemptFailed failed{
      .task = command.task,
      .worker = command.worker,
      .fence = command.fence,
      .reason = command.reason,
      .run = command.run,
      .verify = command.verify,
      .untimed = command.untimed
  };
  if (!command.final && failures < spec.retries.value_or(state.settings.retries)) {
    constexpr std::int64_t most_doublings = 30;
    const Millis first = spec.backoff_ms.value_or(state.settings.backoff_ms);
    const Millis cap = spec.backoff_cap_ms.value_or(state.settings.backoff_cap_ms);
    const Millis doubled = std::min(first, cap) << std::min(failures, most_doublings);
    const bool overflowed = doubled >> std::min(failures, most_doublings) != std::min(first, cap);
    failed.retry_at = moment.now + (overflowed ? cap : std::min(doubled, cap));
  }
  decision.facts.emplace_back(std::move(failed));
  return decision;
}

Decision decide_command(
    const Pool& pool, const Author&, const Release& command, const Moment& moment
) {
  const State& state = pool.state();
  const TaskIndex index = state.find_task(command.task);
  if (index == no_task) return refuse(unknown_task(state, command.task));
  if (auto refusal = check_holder(pool, index, command.worker, command.fence)) {
    return refuse(std::move(*refusal));
  }
  Decision decision;
  if (auto revived = revival(pool, index, moment.now)) {
    decision.facts.emplace_back(std::move(*revived));
  }
  append_findings(decision.facts, command.task, command.worker, command.findings);
  decision.facts.emplace_back(AttemptReleased{
      .task = command.task,
      .worker = command.worker,
      .fence = command.fence,
      .reason = command.reason
  });
  return decision;
}

}  // namespace evener
