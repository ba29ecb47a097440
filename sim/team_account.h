// What the witness knows of how a team works together: phases, gates and their approval, blockers,
// messages, checklists, measures, schedules and machines. Worked out anew from the facts each time,
// by the plainest means, from what docs/phases.md, docs/messages.md, docs/schedules.md and
// docs/measures.md promise.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "model/fact.h"
#include "statements.h"
#include "task_account.h"

namespace evener::sim {

struct GateAccount {
  bool is_phase = false;
  PhaseSpec phase = {};
  GateSpec gate = {};
  bool approved = false;
  bool is_open = false;
  bool told_open = false;  // by the newest fact that tells

  const std::string& approver() const { return is_phase ? phase.approver : gate.approver; }
};

struct BlockerAccount {
  std::string task = {};
  Priority severity = Priority::normal;
  Stops stops = Stops::start;
  std::string owner = {};
  std::int64_t level = 0;  // how often it has escalated
  Instant since = 0;       // when it did so last, or was raised
};

struct MessageAccount {
  std::string to = {};
  std::set<std::string> recipients = {};  // empty: whoever `to` names
  Instant sent_at = 0;
  std::set<std::string> read = {};  // by whom, the sender included
};

struct ScheduleAccount {
  ScheduleSpec spec = {};
  Instant set_at = 0;
  Instant last_at = 0;  // its newest instance was added
  bool is_called = false;
  std::vector<std::string> instances = {};
};

class TeamAccount {
 public:
  using Tasks = std::map<std::string, TaskAccount>;
  using Workers = std::map<std::string, WorkerAccount>;

  TeamAccount(
      Breaches& breaches, const Tasks& tasks, const Workers& workers, const PoolSettings& settings
  )
      : breaches_(breaches), tasks_(tasks), workers_(workers), settings_(settings) {}

  // A fact that the account of tasks and workers has taken in.
  void take(const Fact& fact);

  // Nothing is under way: what follows from the facts is told.
  void expect_all_told() const;
  void expect_nothing_overdue(Instant log_now) const;

  // Why it may not start, by its phases and blockers and those above it; "" if it may.
  std::string start_stopped_by(const TaskAccount& task) const;

  // Why it cannot be done yet, by what the holder cannot change at once; "" if it can.
  std::string finish_stopped_by(const TaskAccount& task) const;

  // Whether it runs what holds the lock of that name: "role:smith".
  bool leads(const std::string& worker, const std::string& role) const;

  bool has_capability(const WorkerSpec& worker, const std::string& wanted) const;

  std::int64_t unread(const std::string& worker) const;
  bool is_unread(MessageId message, const std::string& worker) const;

  const std::map<std::string, GateAccount>& gates() const { return gates_; }

  const std::map<BlockerId, BlockerAccount>& blockers() const { return blockers_; }

  const std::map<MessageId, MessageAccount>& messages() const { return messages_; }

  const std::map<std::string, ScheduleAccount>& schedules() const { return schedules_; }

  BlockerId last_blocker() const { return last_blocker_; }

  MessageId last_message() const { return last_message_; }

 private:
  using MeasureKey = std::tuple<std::string, std::string, std::string>;  // name, task, phase

  void on(const PhaseSet& fact, const Fact& whole);
  void on(const GateSet& fact, const Fact& whole);
  void on(const GateApproved& fact, const Fact& whole);
  void on(const GateOpened& fact, const Fact& whole);
  void on(const GateClosed& fact, const Fact& whole);
  void on(const BlockerRaised& fact, const Fact& whole);
  void on(const BlockerResolved& fact, const Fact& whole);
  void on(const BlockerEscalated& fact, const Fact& whole);
  void on(const MessageSent& fact, const Fact& whole);
  void on(const MessageAcknowledged& fact, const Fact& whole);
  void on(const MessagesExpired& fact, const Fact& whole);
  void on(const CriterionTicked& fact, const Fact& whole);
  void on(const TaskReopened& fact, const Fact& whole);
  void on(const TaskAdded& fact, const Fact& whole);
  void on(const AttemptFinished& fact, const Fact& whole);
  void on(const ScheduleSet& fact, const Fact& whole);
  void on(const MachineSet& fact, const Fact& whole);
  void on(const Measured& fact, const Fact& whole);
  void on(const Marked& fact, const Fact& whole);
  void on(const ReportOverdue& fact, const Fact& whole);

  template <typename Body>
  void on(const Body&, const Fact&) {}

  void settle_gates();
  bool is_open(const std::string& gate) const;
  bool are_open(const std::vector<std::string>& gates) const;
  bool were_open(const std::vector<std::string>& gates) const;
  GateAccount* described(const std::string& gate, std::string_view fact);
  // When the blocker escalates next, and to whom; at 0 if it does not.
  std::pair<Instant, std::string> next_escalation(const BlockerAccount& blocker) const;
  bool reaches(const MessageAccount& message, const std::string& worker) const;
  void read(MessageId id, const std::string& worker);
  bool ticks_itself(const TaskAccount& task, const std::string& criterion) const;
  bool has_open_instance(const ScheduleAccount& schedule) const;
  static bool is_due(const ScheduleAccount& schedule, Instant now);
  void call(const std::string& what, const std::string& task);

  Breaches& breaches_;
  const Tasks& tasks_;
  const Workers& workers_;
  const PoolSettings& settings_;
  std::map<std::string, GateAccount> gates_;
  std::map<std::string, bool> phases_over_;  // of those that have tasks: whether all are over
  std::map<BlockerId, BlockerAccount> blockers_;
  BlockerId last_blocker_ = 0;
  std::map<MessageId, MessageAccount> messages_;
  MessageId last_message_ = 0;
  std::map<std::string, ScheduleAccount> schedules_;
  std::map<std::string, Machine> machines_;
  std::map<std::string, std::set<std::int64_t>> ticked_;  // by task
  std::map<MeasureKey, std::int64_t> measures_;           // in millionths
  std::map<MeasureKey, Seq> measured_;                    // their newest facts
  std::int64_t chapters_ = 0;
  Seq last_mark_;
};

}  // namespace evener::sim
