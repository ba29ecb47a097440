// The longest remaining path: how much work, by what is expected, still hangs on a task; and from
// when on it is pressed by a deadline that it or what hangs on it has. They order claims. A
// projection beside the state: it may lag behind the facts by the work queued in it, which is done
// in bounded slices so that no single call pays for a chain of 100,000.
#pragma once

#include <vector>

#include "core/kind_tasks.h"
#include "core/state.h"

namespace evener {

inline constexpr Instant never_pressed = INT64_MAX;

class PathLengths {
 public:
  explicit PathLengths(const State& state) : state_(state) {}

  // A task was added, or its estimate, needs, parent or dependants changed.
  void touch(TaskIndex task);

  // Takes all lengths from nothing. The rounds that follow correct what this one, from the newest
  // task to the oldest, could not know.
  void rebuild();

  // Works off at most about `edges` edges. `looked_at(task, is_new)` is called for every task whose
  // own duration or length may have changed: whether its place among others has.
  template <typename LookedAt>
  void repair(std::size_t edges, const LookedAt& looked_at) {
    for (; edges > 0 && !kinds_.has_swept(); --edges) {
      kinds_.sweep_on([&](TaskIndex task) { touch(task); });
    }
    while (edges > 0 && !up_to_date()) {
      const TaskIndex task = take_next();
      looked_at(task, repair_one(task, edges));
    }
  }

  // Milliseconds from the start of `task` to the end of the plan, at one worker a task.
  Millis length(TaskIndex task) const {
    return task.value < lengths_.size() ? lengths_[task.value] : 0;
  }

  // From this instant on what is left until some deadline is less than twice the work from the
  // start of `task` to it (the critical ratio of job shops: Putnam, Everdell, Dorman, Cronan and
  // Lindgren 1971); never_pressed if there is none.
  Instant pressed_from(TaskIndex task) const {
    return task.value < pressed_.size() ? pressed_[task.value] : never_pressed;
  }

  bool up_to_date() const { return round_.empty() && later_.empty() && kinds_.has_swept(); }

  // By which it finds the tasks of a kind that was planned anew.
  KindTasks& kinds() { return kinds_; }

  const KindTasks& kinds() const { return kinds_; }

 private:
  TaskIndex take_next();
  bool repair_one(TaskIndex task, std::size_t& edges);
  template <typename Visit>
  void for_each_start(TaskIndex task, std::size_t& edges, const Visit& visit) const;
  Millis length_of(TaskIndex task, std::size_t& edges) const;
  Instant press_of(TaskIndex task, std::size_t& edges) const;

  const State& state_;
  std::vector<Millis> lengths_;
  std::vector<Instant> pressed_;  // empty until there is a deadline
  // What is to be looked at again goes in rounds, each from the newest task to the oldest: most
  // tasks need older ones, so one round settles most, and none looks at a task twice.
  std::vector<TaskIndex> round_;  // a heap
  std::vector<TaskIndex> later_;  // the next round, in no order
  TaskIndex reached_ = no_task;   // where this round has come to
  std::vector<bool> queued_;
  KindTasks kinds_;
};

// A length as 16 bits that keep the order to 0.1 %: 6 bits of magnitude, 10 below it.
std::uint32_t quantised(Millis length);

// The least length that is quantised so.
Millis unquantised(std::uint32_t bits);

}  // namespace evener
