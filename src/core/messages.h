// What the state knows of messages (model/message.h): those that are not over, who has read which,
// and who follows which task.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/gate.h"
#include "model/message.h"

namespace evener {

using WorkerIndex = StrongInt<struct WorkerIndexTag, std::uint32_t>;
// An interned assignee text; 0 is "anyone".
using AssigneeIndex = StrongInt<struct AssigneeIndexTag, std::uint32_t>;

inline constexpr WorkerIndex no_worker{UINT32_MAX};
inline constexpr AssigneeIndex anyone{0};

// A message is over once everybody whom it reaches has acknowledged it, or when the pool keeps it
// no longer. With recipients it reaches these; else whoever has `channel`: a role, team or machine,
// or `anyone`.
struct Message {
  std::string to;
  std::string text;
  std::string sender;
  TaskIndex task{UINT32_MAX};  // what it is about; else no_task
  AssigneeIndex channel = anyone;
  std::vector<WorkerIndex> recipients;
  bool urgent = false;
  bool automatic = false;
  Instant sent_at = 0;
  std::uint32_t acknowledged = 0;  // derived: by how many of those whom it reaches

  bool is_direct() const { return !recipients.empty(); }
};

// What a worker has acknowledged: of all that reaches it, everything up to `up_to`, and beyond
// that, or from a role that it had before, these single ones.
struct Reading {
  MessageId up_to = 0;
  std::set<MessageId> single;

  bool has(MessageId id) const { return id <= up_to || single.contains(id); }
};

struct Messages {
  std::map<MessageId, Message> live;
  MessageId last = 0;
  std::map<WorkerIndex, Reading> readings;
  std::map<TaskIndex, std::vector<WorkerIndex>> followers;  // in the order in which they came
  std::size_t follower_count = 0;                           // derived: over all tasks
};

// When each worker last reported by a fact, and how far it has been asked since.
struct Reporting {
  Instant reported = 0;
  Instant overdue_since = 0;  // the report from which `level` counts
  std::int64_t level = 0;     // as in ReportOverdue
};

struct Reports {
  std::vector<Reporting> of;  // by worker; those at the end may be missing
  Instant counted_from = 0;   // a server began, or leases were extended: nobody owes more
};

}  // namespace evener
