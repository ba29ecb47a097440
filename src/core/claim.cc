// Claims: who gets what.
#include <fmt/format.h>

#include "core/conditions.h"
#include "core/decide.h"
#include "core/lock_conditions.h"
#include "core/worker_conditions.h"

namespace evener {
namespace {

std::string holder_detail(const State& state, TaskIndex index) {
  const Attempt* attempt = state.find_attempt(index);
  if (attempt == nullptr || attempt->lapsed) return {};
  return to_text(JsonObject{
      {"holder", state.worker(attempt->worker).spec.name}, {"fence", attempt->fence.value}
  });
}

// The named task, if every condition holds.
std::optional<Refusal> why_not(
    const Pool& pool, TaskIndex index, const Worker& worker, const Claim& command, Instant now
) {
  std::vector<Condition> conditions = task_conditions(pool, index, now);
  if (command.parents) {
    std::erase_if(conditions, [](const Condition& c) { return c.code == "children_open"; });
  }
  for (Condition& condition : match_conditions(pool, index, worker, now)) {
    conditions.push_back(std::move(condition));
  }
  std::optional<Refusal> refusal = first_refusal(conditions, command.task);
  if (refusal && refusal->code == "locked") {
    refusal->detail.text = lock_detail(pool, index);
  } else if (refusal) {
    refusal->detail.text = holder_detail(pool.state(), index);
  }
  return refusal;
}

TaskClaimed grant(const Pool& pool, TaskIndex index, const Claim& command, Instant now) {
  const Task& task = pool.state().task(index);
  pool.state().expect_look_up(index);
  return {
      .task = task.id,
      .worker = command.worker,
      .fence = pool.state().last_fence.next(),
      .attempt = static_cast<std::int64_t>(task.attempts) + 1,
      .lease_ms = command.lease_ms,
      .expires = now + command.lease_ms,
      .context_bytes = command.context_bytes
  };
}

// Whoever finds no work has time to read.
std::string unread_detail(const Pool& pool, WorkerIndex worker) {
  const UnreadCount unread = pool.unread().of(worker);
  if (unread.all == 0) return {};
  return to_text(JsonObject{{"unread", unread.all}, {"urgent", unread.urgent}});
}

// A worker that nobody knows yet registers by its first claim; it has one slot and no capability,
// so only a task that asks for nothing suits it.
struct Newcomer {
  Worker worker;

  explicit Newcomer(const State& state, const std::string& name) {
    worker.spec.name = name;
    worker.capabilities = CapabilitySet{0};
    const AssigneeIndex self = state.find_assignee(name);
    worker.answers_to = {self, anyone, anyone, anyone};
  }
};

// Whether worker_conditions() all hold, without the words that explain them.
bool takes_work(const State& state, const Worker& worker, Instant now) {
  const auto slots = static_cast<std::size_t>(worker.spec.slots);
  if (worker.draining || !worker.health.takes_work(now)) return false;
  return worker.holding.size() < slots || slots_taken(state, worker) < slots;
}

}  // namespace

bool is_worth_deciding(const Pool& pool, const Claim& claim, Instant now) {
  const State& state = pool.state();
  const WorkerIndex known = state.find_worker(claim.worker);
  if (!claim.task.empty()) return true;
  if (known == no_worker) {
    return pool.ready().best_for(Newcomer(state, claim.worker).worker, now) != no_task;
  }
  const Worker& worker = state.worker(known);
  return !takes_work(state, worker, now) || pool.ready().best_for(worker, now) != no_task;
}

Decision decide_command(
    const Pool& pool, const Author&, const Claim& command, const Moment& moment
) {
  const State& state = pool.state();
  const TaskIndex named = command.task.empty() ? no_task : state.find_task(command.task);
  if (!command.task.empty() && named == no_task) return refuse(unknown_task(state, command.task));
  const bool takes_no_slot = named != no_task && state.task(named).is_lock;
  const WorkerIndex known = state.find_worker(command.worker);
  Decision decision;
  if (known == no_worker) {
    RegisterWorker registration;
    registration.worker.name = command.worker;
    Decision registered = decide_command(pool, {}, registration, moment);
    if (registered.refusal) return registered;
    decision.facts = std::move(registered.facts);
  } else if (!takes_no_slot && !takes_work(state, state.worker(known), moment.now)) {
    return refuse(
        first_refusal(worker_conditions(pool, state.worker(known), moment.now), command.worker)
            .value()
    );
  }

  TaskIndex chosen = named;
  std::optional<Newcomer> newcomer;
  if (known == no_worker) newcomer.emplace(state, command.worker);
  const Worker& worker = newcomer ? newcomer->worker : state.worker(known);
  if (named == no_task) {
    chosen = pool.ready().best_for(worker, moment.now);
    if (chosen == no_task) {
      Refusal refusal = nothing_to_claim(pool, worker, moment.now);
      if (known != no_worker) refusal.detail.text = unread_detail(pool, known);
      return refuse(std::move(refusal));
    }
    CHECK(pool.is_offerable(chosen), "a task was offered that may not start");
    const auto locks = lock_condition(pool, chosen);
    CHECK(!locks || locks->holds, "a task was offered whose locks others hold");
  } else if (auto refusal = why_not(pool, named, worker, command, moment.now)) {
    return refuse(std::move(*refusal));
  }
  decision.facts.emplace_back(grant(pool, chosen, command, moment.now));
  return decision;
}

}  // namespace evener
