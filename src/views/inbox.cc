#include "views/inbox.h"

#include <algorithm>

namespace evener {

std::vector<std::string> roles_led(const Pool& pool, WorkerIndex worker) {
  std::vector<std::string> roles;
  const auto found = pool.unread().leads().find(worker);
  if (found == pool.unread().leads().end()) return roles;
  for (const auto& [role, times] : found->second) roles.push_back(pool.state().assignee(role));
  std::sort(roles.begin(), roles.end());
  return roles;
}

InboxView inbox_view(const Pool& pool, WorkerIndex worker, bool all, std::int64_t limit) {
  const State& state = pool.state();
  const UnreadCount unread = pool.unread().of(worker);
  InboxView view{
      .worker = state.worker(worker).spec.name,
      .unread = unread.all,
      .urgent = unread.urgent,
      .leads = roles_led(pool, worker)
  };
  for (const MessageId id : pool.unread().inbox(worker)) {
    const bool is_read = pool.unread().is_read(id, worker);
    if (is_read && !all) continue;
    const Message& message = state.messages.live.at(id);
    view.messages.push_back(
        {.message = id,
         .from = message.automatic ? "evener" : message.sender,
         .to = message.to,
         .text = message.text,
         .task = message.task == no_task ? "" : state.task(message.task).id,
         .urgent = message.urgent,
         .automatic = message.automatic,
         .acknowledged = is_read,
         .sent = message.sent_at}
    );
  }
  std::stable_partition(view.messages.begin(), view.messages.end(), [](const MessageRow& row) {
    return row.urgent && !row.acknowledged;
  });
  view.total = std::ssize(view.messages);
  if (limit > 0 && view.total > limit) view.messages.resize(static_cast<std::size_t>(limit));
  return view;
}

}  // namespace evener
