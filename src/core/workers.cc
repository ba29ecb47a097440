// Workers, and the pool's own card and settings.
#include <fmt/format.h>

#include "core/decide.h"
#include "core/lock_wish.h"
#include "model/capability.h"

namespace evener {

Decision
decide_command(const Pool& pool, const Author&, const RegisterWorker& command, const Moment&) {
  const State& state = pool.state();
  const std::string& name = command.worker.name;
  if (name.find(':') != std::string::npos) {
    return refuse(
        {"bad_id",
         fmt::format("a worker's name has no colon, '{}' has one", name),
         "role:, machine: and team: name other things than workers"}
    );
  }
  const WorkerIndex known = state.find_worker(name);
  if (known != no_worker && state.worker(known).spec == command.worker) return {};
  const Path path{nullptr, "capabilities", -1};
  if (const Status sound = check_offered(command.worker.capabilities, path); !sound.ok()) {
    return refuse({sound.error().code, sound.error().where + ": " + sound.error().message, ""});
  }
  if (known == no_worker && state.workers.size() >= limits::workers_per_pool) {
    return refuse(
        {"pool_full",
         fmt::format("a pool knows at most {} workers", limits::workers_per_pool),
         "use the names again: a worker that is gone may come back"}
    );
  }
  return {.facts = {WorkerRegistered{command.worker}}};
}

Decision
decide_command(const Pool& pool, const Author&, const DrainWorker& command, const Moment&) {
  const State& state = pool.state();
  const WorkerIndex worker = state.find_worker(command.worker);
  if (worker == no_worker) return refuse(unknown_worker(command.worker));
  Decision decision;
  if (state.worker(worker).draining != command.draining) {
    decision.facts.emplace_back(WorkerDrained{
        .worker = command.worker, .draining = command.draining, .reason = command.reason
    });
  }
  if (!command.draining && state.worker(worker).health.is_set_aside()) {
    decision.facts.emplace_back(WorkerReturned{.worker = command.worker, .reason = command.reason});
  }
  return decision;
}

Decision decide_command(const Pool& pool, const Author&, const Configure& command, const Moment&) {
  const State& state = pool.state();
  const PoolConfigured configured{
      .card = command.card.value_or(state.card),
      .settings = command.settings.value_or(state.settings)
  };
  const Path path{nullptr, "settings", -1};
  Status sound = check_resources(configured.settings, path);
  if (sound.ok() && configured.settings.escalate_to != state.settings.escalate_to) {
    sound = check_assignees(configured.settings.escalate_to, Path{&path, "escalate_to", -1});
  }
  if (!sound.ok()) {
    const Error& error = sound.error();
    return refuse({error.code, error.where + ": " + error.message, ""});
  }
  if (configured.card == state.card && configured.settings == state.settings) return {};
  return {.facts = {configured}};
}

}  // namespace evener
