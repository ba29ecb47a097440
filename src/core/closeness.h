// How close a task is to what a worker does anyway. It decides between tasks that are equal but for
// their age. docs/scheduling.md tells it.
#pragma once

#include <span>
#include <vector>

#include "core/path_glob.h"
#include "core/state.h"

namespace evener {

// Larger is closer: most counts a path that it touches and the worker has in focus, then that it
// goes on with what the worker finished last (it needs that, or has the same parent), then that
// it is of the same phase.
class Closeness {  // The state must outlive it, and not change meanwhile.
 public:
  Closeness(const State& state, const Worker& worker);

  // Whether tasks can be close that are not known beforehand.
  bool asks_many() const {
    return !focus_.empty() ||
           (last_ != nullptr && (last_->parent != no_task || last_->phase != no_gate));
  }

  // Tasks that need what the worker finished last.
  std::span<const TaskIndex> next_to_last() const {
    return last_ == nullptr ? std::span<const TaskIndex>()
                            : std::span(last_->dependants.data(), last_->dependants.size());
  }

  int of(TaskIndex task) const;

  bool is_in_focus(TaskIndex task) const;
  bool goes_on(TaskIndex task) const;
  bool is_in_phase(TaskIndex task) const;

 private:
  const State& state_;
  TaskIndex last_done_;
  const Task* last_ = nullptr;
  std::vector<PathGlob> focus_;
};

}  // namespace evener
