// Criteria that are ticked by themselves. `NAME <= N` and `NAME >= N` are ticked once the measure
// of that name (of the task, else of its phase, else of the pool) is there, `task:ID done` once
// that task is done. Every other is ticked by hand.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/state.h"

namespace evener {

struct SelfTick {
  enum class Kind { at_most, at_least, task_done };

  Kind kind = Kind::task_done;
  std::string name = {};  // of the measure, or the task's id
  Decimal bound = {};
  std::int64_t criterion = 0;  // which on its task's checklist, from 1
};

// Exactly the forms above; anything else is none.
std::optional<SelfTick> self_tick_of(std::string_view criterion);

// The measure that a criterion of the task means by `name`; nullptr if there is none.
const Measure* measure_for(const State& state, TaskIndex task, const std::string& name);

// Invariant: due() are those that hold, are not ticked, and whose task is not over.
class SelfTicks {
 public:
  using Due = std::set<std::pair<TaskIndex, std::int64_t>>;  // the task, which criterion

  explicit SelfTicks(const State& state) : state_(state) {}

  // After the fact was applied to the state.
  void follow(const Fact& fact);

  // Of a state that was read from a snapshot.
  void adopt();

  const Due& due() const { return due_; }

  // By what the criterion is ticked: "coverage is 82, at least 80".
  std::string reason(TaskIndex task, std::int64_t criterion) const;

  // What would be due, by looking at every task.
  Due recount() const;

 private:
  void describe(TaskIndex task, const std::vector<std::string>& criteria);
  void settle(TaskIndex task);
  void settle_all(const std::map<std::string, std::set<TaskIndex>>& index, const std::string& name);
  std::map<std::string, std::set<TaskIndex>>& index_of(const SelfTick& tick);
  bool holds(TaskIndex task, const SelfTick& tick) const;
  bool is_due(TaskIndex task, const SelfTick& tick) const;

  const State& state_;
  std::map<TaskIndex, std::vector<SelfTick>> of_task_;
  std::map<std::string, std::set<TaskIndex>> by_measure_;  // who names it
  std::map<std::string, std::set<TaskIndex>> by_task_;
  Due due_;
};

}  // namespace evener
