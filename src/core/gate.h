// What the state knows of a phase or a gate (model/gate.h), and what follows from it.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "model/blocker.h"
#include "model/gate.h"
#include "model/worker.h"

namespace evener {

using TaskIndex = StrongInt<struct TaskIndexTag, std::uint32_t>;
// A phase or gate, in the order in which it was first named.
using GateIndex = StrongInt<struct GateIndexTag, std::uint32_t>;

inline constexpr GateIndex no_gate{UINT32_MAX};

// A phase that tasks name before anybody described it orders nothing: it is only a word to filter
// by, and its tasks may start.
struct Gate {
  enum class Kind : std::uint8_t { undescribed, phase, gate };

  std::string id;
  Kind kind = Kind::undescribed;
  PhaseSpec phase;  // of a phase
  GateSpec gate;    // of another gate
  bool approved = false;
  std::string approved_by;
  std::string approval_reason;
  bool told_open = false;           // its newest fact of this kind is `gate_opened`
  Instant started_at = 0;           // its first task was claimed; 0: none yet
  Instant told_at = 0;              // when that fact was written
  bool is_open = false;             // derived: its tasks are over, and it is approved if it must be
  std::uint32_t open_tasks = 0;     // derived: neither done nor cancelled
  std::uint32_t closed_before = 0;  // derived: gates it comes after that are not open
  std::vector<TaskIndex> tasks;     // derived: that it waits for
  std::vector<GateIndex> followers;  // derived: phases that come after it

  const std::string& approver() const {
    return kind == Kind::phase ? phase.approver : gate.approver;
  }

  const std::string& title() const { return kind == Kind::phase ? phase.title : gate.title; }

  // Whether tasks of this phase may start.
  bool may_start() const { return closed_before == 0; }

  bool is_ready_for_approval() const { return open_tasks == 0 && closed_before == 0; }

  // A phase is often described before its tasks are added: without any, it does not open by itself.
  bool needs_approval() const { return !approver().empty() || tasks.empty(); }

  // Its tasks are done, and it waits for somebody in particular.
  bool asks_for_approval() const {
    return !is_open && is_ready_for_approval() && !approver().empty() && !tasks.empty();
  }
};

struct Blocker {
  TaskIndex task;
  std::string text;
  Priority severity = Priority::normal;
  Stops stops = Stops::start;
  std::string owner;
  std::string reporter;
  Instant raised_at = 0;
  std::int64_t level = 0;    // how often it has escalated
  Instant escalated_at = 0;  // last; or when it was raised
  std::string asked;         // whom the last escalation asked; "" if none
};

// Who is asked when a blocker escalates for the next time, and when; at 0 if it escalates no more.
struct Escalation {
  Instant at = 0;
  std::string to;
};

Escalation next_escalation(const Blocker& blocker, const PoolSettings& settings);

}  // namespace evener
