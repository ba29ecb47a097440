// What holds in the witness's account: who may start what, and what should have come.
#include <fmt/format.h>

#include <algorithm>

#include "witness.h"

namespace evener::sim {

bool Witness::needs_hold(const TaskAccount& task) const {
  for (const TaskAccount* at = &task;; at = &tasks_.at(at->spec.parent)) {
    for (const Need& need : at->spec.needs) {
      if (tasks_.at(need.task).stage != "done") return false;
    }
    if (at->spec.parent.empty()) return true;
  }
}

bool Witness::is_held(const TaskAccount& task) const {
  for (const TaskAccount* at = &task;; at = &tasks_.at(at->spec.parent)) {
    if (at->held) return true;
    if (at->spec.parent.empty()) return false;
  }
}

bool Witness::is_offered(const TaskAccount& task) const {
  if (task.stage != "open" || is_held(task) || !needs_hold(task)) return false;
  if (!team_.start_stopped_by(task).empty()) return false;
  return std::all_of(task.children.begin(), task.children.end(), [this](const std::string& id) {
    const std::string& stage = tasks_.at(id).stage;
    return stage == "done" || stage == "cancelled";
  });
}

WorkerSpec Witness::worker_of(const std::string& name) const {
  const auto known = workers_.find(name);
  return known == workers_.end() ? WorkerSpec{.name = name} : known->second.spec;
}

bool Witness::suits(const TaskAccount& task, const WorkerSpec& worker, Instant now) const {
  for (const std::string& wanted : task.spec.capabilities) {
    if (!team_.has_capability(worker, wanted)) return false;
  }
  const std::string& assignee = task.spec.assignee;
  if (assignee.empty() || assignee == worker.name || assignee == "role:" + worker.role) return true;
  if (team_.leads(worker.name, assignee)) return true;
  return task.spec.assignee_delay_ms && task.since + *task.spec.assignee_delay_ms <= now;
}

// Locks that it holds by hand take no slot.
std::size_t Witness::holding(const std::string& worker) const {
  return static_cast<std::size_t>(std::count_if(
      tasks_.begin(),
      tasks_.end(),
      [&](const auto& entry) {
        const TaskAccount& task = entry.second;
        return task.stage == "running" && task.holder == worker && !task.is_lock();
      }
  ));
}

bool Witness::is_current(const std::string& id, const std::string& worker, Fence fence) const {
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) return false;
  const TaskAccount& task = found->second;
  return task.fence == fence && task.holder == worker &&
         (task.stage == "running" || task.may_be_revived);
}

// By section 5 as far as it can be told from outside: past the age limit, oldest first; then by
// priority. What only holds locks is claimed by name alone.
std::string Witness::better(const WorkerSpec& worker, Instant now, const TaskAccount* given) const {
  const Instant aged = now - settings_.age_limit_ms;
  const bool given_aged = given != nullptr && given->since <= aged;
  for (const auto& [id, task] : tasks_) {
    if (&task == given || task.is_lock() || task.not_before > now) continue;
    if (task.stage != "open" || !suits(task, worker, now) || !is_offered(task)) continue;
    if (!has_free_way(task, now)) continue;
    if (given == nullptr) return id;
    const bool is_aged = task.since <= aged;
    if (is_aged && (!given_aged || task.since < given->since)) return id;
    if (!is_aged && !given_aged && task.spec.priority < given->spec.priority) return id;
  }
  return "";
}

// ---- what should have come ---------------------------------------------------------------------

void Witness::expect_nothing_overdue(Instant log_now) {
  constexpr Millis patience = 1000;
  for (const auto& [id, task] : tasks_) {
    if (task.stage != "running" || task.expires + patience >= log_now) continue;
    breaches_.broke(
        6,
        fmt::format(
            "{}: the lease of {} ended {} ms ago, and it is not offered again",
            id,
            task.holder,
            log_now - task.expires
        )
    );
  }
  team_.expect_nothing_overdue(log_now);
}

bool Witness::takes_work(const std::string& worker) const {
  const auto known = workers_.find(worker);
  if (known == workers_.end()) return true;
  const auto slots = static_cast<std::size_t>(known->second.spec.slots);
  return !known->second.draining && !known->second.set_aside && holding(worker) < slots;
}

// Who waits is woken by whatever makes a task ready for them.
void Witness::expect_no_needless_wait(Instant log_now) {
  for (const auto& [tag, asked] : asked_) {
    const auto* claim = std::get_if<Claim>(&asked.requests.front().command);
    if (claim == nullptr || asked.is_gone || asked.requests.size() > 1) continue;
    if (!claim->task.empty() || !takes_work(claim->worker)) continue;
    const std::string ready = better(worker_of(claim->worker), log_now, nullptr);
    if (ready.empty()) continue;
    breaches_.broke(6, fmt::format("{} waits, and {} is ready", claim->worker, ready));
  }
}

}  // namespace evener::sim
