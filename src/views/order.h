// The order of claims, for explaining it. ReadyIndex (core/ready.h) decides by the same order from
// the heads of its groups; here any two ready tasks are compared, by looking at all of them, so
// this is for questions that people ask and not for claims.
#pragma once

#include <string>
#include <vector>

#include "core/pool.h"

namespace evener {

// A task's place in the order in which one worker is offered ready tasks: smaller goes first.
struct ClaimPlace {
  bool aged = false;               // ready for longer than the pool's age limit
  std::size_t advised = SIZE_MAX;  // its place in what was worked out ahead (core/look_ahead.cc)
  Priority priority = Priority::normal;
  Instant pressed_from = never_pressed;  // if a deadline presses it (core/paths.h)
  bool meant = false;                    // for this worker, its role, machine or team
  std::uint32_t path = 0;                // quantised longest remaining path
  std::int32_t fit = 0;        // by how much of it the worker does such tasks better (core/skill.h)
  std::int32_t preferred = 0;  // by how much of it the worker has what the task prefers
  Millis share = 0;            // work that waits for whoever may do it (core/worker_shares.h)
  std::size_t dependants = 0;
  int closeness = 0;  // to what the worker does anyway (core/closeness.h)
  Instant since = 0;
  TaskIndex task = no_task;

  bool operator<(const ClaimPlace& other) const;

  bool is_pressed() const { return pressed_from != never_pressed; }

  // The path as the worker's order takes it, quantised; and with the share, in milliseconds.
  std::uint32_t reach() const;
  Millis weight() const;
};

ClaimPlace place_of(const Pool& pool, TaskIndex task, const Worker& worker, Instant now);

// Whether a ready task is for this worker: it covers the capabilities, and is meant, or anyone is.
bool suits(const Pool& pool, TaskIndex task, const Worker& worker, Instant now);

// Ready tasks that the worker may take and is offered before `before` (no_task: all of them): how
// many there are, and the first few in order.
struct Ahead {
  std::size_t total = 0;
  std::vector<ClaimPlace> first = {};
};

Ahead ready_for(
    const Pool& pool, const Worker& worker, TaskIndex before, std::size_t most, Instant now
);

// Why the worker is offered `first` before `second`, as a sentence's end: "its priority is high".
std::string why_before(
    const Pool& pool, const Worker& worker, const ClaimPlace& first, const ClaimPlace& second
);

// What the task prefers, and whether the worker has it, as a sentence's end; "" if it prefers
// nothing.
std::string preference_words(const State& state, TaskIndex task, const Worker& worker);

// A few of the ready tasks, in the order of claims as far as it does not depend on the worker. In a
// pool of more than 20,000 tasks it knows those that its workers would be offered, and those among
// the first 20,000.
std::vector<TaskIndex> some_ready(const Pool& pool, std::size_t most, Instant now);

// What is known of a worker by this name: if nothing, what its first claim would make of it, which
// is one slot and no capability.
Worker worker_or_newcomer(const State& state, const std::string& name);

}  // namespace evener
