// Messages as the worker sees them whom they reach; and who leads which role.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

struct MessageRow {
  MessageId message = 0;
  std::string from = {};
  std::string to = {};
  std::string text = {};
  std::string task = {};
  bool urgent = false;
  bool automatic = false;
  bool acknowledged = false;
  Instant sent = 0;

  bool operator==(const MessageRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("message", &MessageRow::message, "Its number", always),
        field("from", &MessageRow::from, "Who sent it", always),
        field("to", &MessageRow::to, "To whom", always),
        field("text", &MessageRow::text, "What is said", always),
        field("task", &MessageRow::task, "About this task, if one", shown),
        field("urgent", &MessageRow::urgent, "To be read before anything else", shown),
        field("automatic", &MessageRow::automatic, "Nobody wrote it: the pool tells", shown),
        field(
            "acknowledged", &MessageRow::acknowledged, "By this worker, if others have not", shown
        ),
        field("sent", &MessageRow::sent, "When, log time", always),
    };
  }
};

struct InboxView {
  std::string worker = {};
  std::int64_t unread = 0;
  std::int64_t urgent = 0;
  std::vector<MessageRow> messages = {};
  std::int64_t total = 0;
  std::vector<std::string> leads = {};
  Instant log_time = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &InboxView::worker, "Whose", always),
        field("unread", &InboxView::unread, "Messages that it has not acknowledged", always),
        field("urgent", &InboxView::urgent, "Of these, urgent", always),
        field("messages", &InboxView::messages, "Urgent first, then oldest first", always),
        field("total", &InboxView::total, "Shown or not", always),
        field("leads", &InboxView::leads, "Roles that it leads, as role:NAME", shown),
        field("log_time", &InboxView::log_time, "Milliseconds since 1970, by the log", always),
    };
  }
};

// What the worker has not acknowledged; with `all` also what it has, while others have not. At most
// `limit` (0: all).
InboxView inbox_view(const Pool& pool, WorkerIndex worker, bool all, std::int64_t limit);

// The roles that the worker leads: it holds the lock "role:NAME".
std::vector<std::string> roles_led(const Pool& pool, WorkerIndex worker);

}  // namespace evener
