// Messages: text to a worker, to those who have a role, team or machine, to a task's followers or
// to everyone, kept until they are acknowledged; and the reports that workers owe.
#pragma once

#include <string>
#include <vector>

#include "model/task.h"

namespace evener {

// A message's number, from 1 in each pool.
using MessageId = std::int64_t;

struct SendMessage {
  static constexpr std::string_view type = "send";
  std::string to = {};
  std::string text = {};
  bool urgent = false;
  std::string worker = {};

  static constexpr auto fields() {
    Bounds required_text = note_bounds;
    required_text.required = true;
    return std::tuple{
        field(
            "to",
            &SendMessage::to,
            "A worker, role:, team:, machine:, task: (its followers) or everyone",
            required_id
        ),
        field("text", &SendMessage::text, "What is said", required_text),
        field("urgent", &SendMessage::urgent, "To be read before anything else"),
        field("worker", &SendMessage::worker, "Who sends it; without it, the author", id_bounds),
    };
  }
};

// The worker has read these messages, or with `all`, everything that has reached it.
struct Acknowledge {
  static constexpr std::string_view type = "acknowledge";
  std::string worker = {};
  std::vector<MessageId> messages = {};
  bool all = false;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &Acknowledge::worker, "Who has read them", required_id),
        field(
            "messages",
            &Acknowledge::messages,
            "Their numbers",
            {.max_items = limits::messages_per_inbox, .min = 1}
        ),
        field("all", &Acknowledge::all, "Everything that has reached it"),
    };
  }
};

// From now on messages to the task reach the worker; with `stop`, no more for this reason.
struct FollowTask {
  static constexpr std::string_view type = "follow";
  std::string task = {};
  std::string worker = {};
  bool stop = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &FollowTask::task, "Which", required_id),
        field("worker", &FollowTask::worker, "Who follows it", required_id),
        field("stop", &FollowTask::stop, "Follow it no more"),
    };
  }
};

// `recipients` are those whom it reaches, if these are certain workers: one named, or a task's
// followers. Without any, it reaches whoever has the role, team or machine that `to` names, or
// everyone, also those who come later.
struct MessageSent {
  static constexpr std::string_view type = "message_sent";
  MessageId message = 0;
  std::string to = {};
  std::string task = {};
  std::string text = {};
  bool urgent = false;
  std::string worker = {};
  bool automatic = false;
  std::vector<std::string> recipients = {};

  static constexpr auto fields() {
    return std::tuple{
        field("message", &MessageSent::message, "Its number"),
        field("to", &MessageSent::to, "To whom", fact_text),
        field("task", &MessageSent::task, "About this task", fact_text),
        field("text", &MessageSent::text, "What is said", fact_text),
        field("urgent", &MessageSent::urgent, "To be read before anything else"),
        field("worker", &MessageSent::worker, "Who sends it; empty: the author", fact_text),
        field("automatic", &MessageSent::automatic, "Nobody wrote it: the pool tells"),
        field("recipients", &MessageSent::recipients, "Whom it reaches, if these alone", fact_text),
    };
  }
};

// These, and everything that reached the worker up to the message `up_to`.
struct MessageAcknowledged {
  static constexpr std::string_view type = "message_acknowledged";
  std::string worker = {};
  std::vector<MessageId> messages = {};
  MessageId up_to = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &MessageAcknowledged::worker, "Who has read them", fact_text),
        field("messages", &MessageAcknowledged::messages, "Their numbers", fact_text),
        field("up_to", &MessageAcknowledged::up_to, "And all up to this one"),
    };
  }
};

// Messages up to this one were kept for as long as the pool keeps them.
struct MessagesExpired {
  static constexpr std::string_view type = "messages_expired";
  MessageId up_to = 0;

  static constexpr auto fields() {
    return std::tuple{field("up_to", &MessagesExpired::up_to, "The newest of them")};
  }
};

struct TaskFollowed {
  static constexpr std::string_view type = "task_followed";
  std::string task = {};
  std::string worker = {};
  bool stop = false;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TaskFollowed::task, "Which", fact_text),
        field("worker", &TaskFollowed::worker, "Who follows it", fact_text),
        field("stop", &TaskFollowed::stop, "No more"),
    };
  }
};

// A worker that holds a task owes a report since `since` and an interval. At level 1 that is seen,
// at 2 the worker is asked, from 3 on somebody else is: `to`.
struct ReportOverdue {
  static constexpr std::string_view type = "report_overdue";
  std::string worker = {};
  Instant since = 0;
  std::int64_t level = 0;
  std::string to = {};

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &ReportOverdue::worker, "Who owes it", fact_text),
        field("since", &ReportOverdue::since, "When it last reported, log time"),
        field("level", &ReportOverdue::level, "1: it is seen, 2: it is asked, 3 and on: `to` is"),
        field("to", &ReportOverdue::to, "Who is told", fact_text),
    };
  }
};

}  // namespace evener
