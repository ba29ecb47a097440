// Which of the tasks that a worker may take suit it best, by how it did such tasks before. Compared
// with its whole kind, so that each does what it does better than others rather than all the same.
// docs/skill.md tells it.
#pragma once

#include <optional>

#include "core/state.h"

namespace evener {

// What is believed of one worker at one kind of task.
struct Skill {
  std::int64_t share = micros;  // of its attempts that will be done and stay done
  LogMicros duration = 0;       // of those that are done
  LogMicros fit = 0;            // how much sooner it has one done than all together do: at most
                                // most_fit either way
};

// A task that suits a worker counts as if its path were at most twice as long, or half as long.
inline constexpr LogMicros most_fit = 693'147;        // ln 2
inline constexpr std::int32_t most_fit_steps = 1024;  // the same, of quantised paths (paths.h)

// Of `work.worker`, and of its model where little is known of itself.
Skill skill_of(const Durations& durations, const Work& work);

// The skill of one worker, as the order of claims asks for it.
class WorkerFit {  // The state must outlive it, and not change meanwhile.
 public:
  WorkerFit(const State& state, const Worker& worker);

  // By how much the place of such tasks in the order is moved, in steps of their quantised path:
  // larger goes first. 0 while nothing is known, and for tasks that show no kind.
  std::int32_t of(KindIndex kind) const { return kind == kind_ ? steps_ : look_up(kind); }

 private:
  std::int32_t look_up(KindIndex kind) const;

  const State& state_;
  const Worker& worker_;
  WorkerIndex index_ = no_worker;            // no_worker: nothing is known of it, or not asked
  mutable std::optional<ModelIndex> model_;  // looked up when it is first needed
  mutable KindIndex kind_ = no_kind;         // asked last: groups that are compared share kinds
  mutable std::int32_t steps_ = 0;           // and what was answered
};

// By how much the place of tasks that prefer such capabilities is moved, in the same steps: as far
// as can be up if the worker has them all, as far down if it has none, and between by how many it
// has.
std::int32_t preference_steps(const State& state, const Worker& worker, CapabilitySet prefers);

// Whether the next claim is one of those that go by the order alone, so that nobody is kept for
// ever from what it has once failed at, and what nobody does well is done too.
bool is_next_claim_plain(const State& state);

}  // namespace evener
