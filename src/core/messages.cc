// Messages in the pool: what the facts that tell of them do.
#include "core/messages.h"

#include <algorithm>

#include "core/pool.h"

namespace evener {

void Pool::apply_body(const MessageSent& fact, const Fact& whole) {
  Message message{
      .to = fact.to,
      .text = fact.text,
      .sender = fact.worker.empty() ? whole.by : fact.worker,
      .task = fact.task.empty() ? no_task : known_task(fact.task),
      .recipients = {},
      .urgent = fact.urgent,
      .automatic = fact.automatic,
      .sent_at = whole.at
  };
  for (const std::string& name : fact.recipients) {
    message.recipients.push_back(known_worker(name));
  }
  if (!message.is_direct() && fact.to != "everyone") {
    message.channel = state_.intern_assignee(fact.to);
  }
  state_.messages.last = std::max(state_.messages.last, fact.message);
  state_.messages.live.insert_or_assign(fact.message, std::move(message));
  unread_.sent(fact.message, fact.worker.empty() ? no_worker : known_worker(fact.worker));
}

void Pool::apply_body(const MessageAcknowledged& fact, const Fact&) {
  const WorkerIndex worker = known_worker(fact.worker);
  std::vector<MessageId> read = fact.messages;
  if (fact.up_to > 0) {
    for (const MessageId id : unread_.inbox(worker)) {
      if (id <= fact.up_to) read.push_back(id);
    }
  }
  unread_.acknowledge(worker, read);
}

void Pool::apply_body(const MessagesExpired& fact, const Fact&) {
  unread_.expire(fact.up_to);
}

void Pool::apply_body(const TaskFollowed& fact, const Fact&) {
  const TaskIndex task = known_task(fact.task);
  const WorkerIndex worker = known_worker(fact.worker);
  auto& followers = state_.messages.followers;
  if (!fact.stop) {
    followers[task].push_back(worker);
    ++state_.messages.follower_count;
    return;
  }
  if (state_.task(task).adder == worker) state_.task(task).adder = no_worker;
  const auto found = followers.find(task);
  if (found == followers.end()) return;
  state_.messages.follower_count -= std::erase(found->second, worker);
  if (found->second.empty()) followers.erase(found);
}

void Pool::set_adder(TaskIndex task, const std::string& worker, const std::string& author) {
  state_.task(task).adder = state_.find_worker(worker.empty() ? author : worker);
}

// Whoever holds the lock "role:NAME" leads the role: what is sent to it reaches the holder too, and
// so do tasks that are meant for it.
void Pool::lead(TaskIndex index, bool begins) {
  const Task& task = state_.task(index);
  for (const std::string& lock : state_.lock_sets.wishes(task.locks).locks) {
    if (!lock.starts_with("role:") || lock.find('*') != std::string::npos) continue;
    const AssigneeIndex role = state_.intern_assignee(lock);
    if (is_adopting_) {
      unread_.note_lead(task.worker, role);
    } else if (begins) {
      unread_.begin_lead(task.worker, role);
    } else {
      unread_.end_lead(task.worker, role);
    }
    std::vector<AssigneeIndex>& led = state_.worker(task.worker).leads;
    const auto now_led = unread_.leads().find(task.worker);
    led.clear();
    if (now_led != unread_.leads().end()) {
      for (const auto& [each, times] : now_led->second) led.push_back(each);
    }
    if (!is_adopting_) ready_.roles_changed();
  }
}

}  // namespace evener
