// Who has read what, and who owes a report, counted again by plain loops over the state.
#include <algorithm>

#include "core/recount.h"
#include "core/reports.h"

namespace evener {

// Whether the worker has the role, team or machine, or leads the role: holds a lock of that name.
bool Recount::has_channel(const Worker& worker, WorkerIndex index, const std::string& name) const {
  const WorkerSpec& spec = worker.spec;
  if (!spec.role.empty() && name == "role:" + spec.role) return true;
  if (!spec.team.empty() && name == "team:" + spec.team) return true;
  if (!spec.machine.empty() && name == "machine:" + spec.machine) return true;
  if (!name.starts_with("role:")) return false;
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    const Task& task = state_.tasks[i];
    if (task.stage != Stage::running || task.worker != index) continue;
    const auto& locks = state_.lock_sets.wishes(task.locks).locks;
    if (std::find(locks.begin(), locks.end(), name) != locks.end()) return true;
  }
  return false;
}

void Recount::check_messages() {
  const Messages& messages = state_.messages;
  std::vector<UnreadCount> unread(state_.workers.size());
  for (const auto& [id, message] : messages.live) {
    std::size_t acknowledged = 0;
    std::size_t members = 0;
    for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
      const WorkerIndex worker{i};
      const auto& whom = message.recipients;
      const bool reaches =
          message.is_direct()
              ? std::find(whom.begin(), whom.end(), worker) != whom.end()
              : message.to == "everyone" || has_channel(state_.workers[i], worker, message.to);
      compare(
          fmt::format("message {} reaches {}", id, state_.workers[i].spec.name),
          pool_.unread_.reaches(message, worker),
          reaches
      );
      if (!reaches) continue;
      ++members;
      const auto reading = messages.readings.find(worker);
      const bool is_read = reading != messages.readings.end() && reading->second.has(id);
      acknowledged += is_read ? 1U : 0U;
      unread[i].all += is_read ? 0 : 1;
      unread[i].urgent += !is_read && message.urgent ? 1 : 0;
    }
    const std::string which = fmt::format("message {}, ", id);
    compare(which + "acknowledged by", message.acknowledged, acknowledged);
    if (message.is_direct()) continue;
    compare(which + "workers it may reach", pool_.unread_.members(message.channel), members);
  }
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
    const UnreadCount kept = pool_.unread_.of(WorkerIndex{i});
    const std::string& name = state_.workers[i].spec.name;
    compare(name + ", messages unread", kept.all, unread[i].all);
    compare(name + ", urgent messages unread", kept.urgent, unread[i].urgent);
    for (const AssigneeIndex role : state_.workers[i].leads) {
      require(
          has_channel(state_.workers[i], WorkerIndex{i}, state_.assignee(role)),
          name + ": it leads a role whose lock it does not hold"
      );
    }
  }
  std::size_t followers = 0;
  for (const auto& [task, workers] : messages.followers) followers += workers.size();
  compare("who follow tasks", messages.follower_count, followers);
}

void Recount::check_reports() {
  std::size_t due = 0;
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
    const WorkerIndex worker{i};
    const Instant at = next_report_step(pool_, worker).at;
    due += at != 0 ? 1U : 0U;
    const Instant kept = i < pool_.report_due_.size() ? pool_.report_due_[i] : 0;
    const std::string& name = state_.workers[i].spec.name;
    compare(name + ", when its report is told of", kept, at);
    require(
        at == 0 || pool_.reports_due_.contains({at, worker}), name + ": its report is not awaited"
    );
  }
  compare("reports that are awaited", pool_.reports_due_.size(), due);
}

}  // namespace evener
