// The tasks of each kind that are not closed, so that those whose kind is planned anew
// (durations.h) are found without a look at the others. Adding and dropping one cost the same in
// any pool.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "core/gate.h"
#include "core/kind.h"

namespace evener {

class KindTasks {
 public:
  void add(KindIndex kind, TaskIndex task) {
    if (of_.size() <= kind.value) of_.resize(kind.value + std::size_t{1});
    if (positions_.size() <= task.value) positions_.resize(task.value + std::size_t{1});
    positions_[task.value] = static_cast<std::uint32_t>(of_[kind.value].size());
    of_[kind.value].push_back(task);
  }

  void drop(KindIndex kind, TaskIndex task) {
    std::vector<TaskIndex>& tasks = of_[kind.value];
    const std::uint32_t place = positions_[task.value];
    tasks[place] = tasks.back();
    positions_[tasks[place].value] = place;
    tasks.pop_back();
  }

  // In no order.
  const std::vector<TaskIndex>& of(KindIndex kind) const {
    static const std::vector<TaskIndex> none;
    return kind.value < of_.size() ? of_[kind.value] : none;
  }

  // All tasks of the kind are to be looked at again.
  void sweep(KindIndex kind) {
    std::erase_if(sweeps_, [&](const auto& sweep) { return sweep.first == kind; });
    sweeps_.emplace_back(kind, of(kind).size());
  }

  bool has_swept() const { return sweeps_.empty(); }

  // Calls `visit(task)` for the next of these. From the last to the first: a task that is dropped
  // gives its place to the last, which was visited, and one that is added is new.
  template <typename Visit>
  void sweep_on(const Visit& visit) {
    auto& [kind, left] = sweeps_.back();
    const std::vector<TaskIndex>& tasks = of(kind);
    left = std::min(left, tasks.size());
    if (left > 0) visit(tasks[--left]);
    if (left == 0) sweeps_.pop_back();
  }

 private:
  std::vector<std::vector<TaskIndex>> of_;  // by kind
  std::vector<std::uint32_t> positions_;    // by task: its place there
  std::vector<std::pair<KindIndex, std::size_t>> sweeps_;
};

}  // namespace evener
