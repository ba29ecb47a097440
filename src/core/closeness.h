// How close a task is to what a worker does anyway. It decides between tasks that are equal but for
// their age. docs/scheduling.md tells it.
#pragma once

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

  // Whether any task can be close.
  bool tells() const { return !focus_.empty() || last_ != nullptr; }

  int of(TaskIndex task) const;

  bool is_in_focus(TaskIndex task) const;
  bool goes_on(TaskIndex task) const;
  bool is_in_phase(TaskIndex task) const;

 private:
  const State& state_;
  TaskIndex last_done_;
  const Task* last_ = nullptr;  // of which something can be close to it
  std::vector<PathGlob> focus_;
};

}  // namespace evener
