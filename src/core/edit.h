// What adding and editing tasks share: a change to several tasks that is checked as a whole.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/decide.h"
#include "core/graph.h"

namespace evener {

class TaskChanges {
 public:
  TaskChanges(const Pool& pool, const Author& author)
      : pool_(pool), state_(pool.state()), author_(author), graph_(state_) {}

  // A task that does not exist yet, or a new description of one that does.
  void add(TaskSpec&& spec);
  void change(TaskIndex task, TaskSpec spec);

  // The facts, needs and parents first; or the first thing that is wrong.
  Decision decide();

 private:
  std::optional<Refusal> resolve();
  void append_removals(std::vector<FactBody>& facts) const;
  void append_ticks(std::vector<FactBody>& facts, TaskIndex index, const TaskSpec& spec) const;
  std::optional<Refusal> check(const TaskSpec& spec) const;
  std::optional<Refusal> check_parent(TaskIndex task, const TaskSpec& spec) const;
  std::optional<Refusal> check_locks(TaskIndex task, const TaskSpec& spec) const;
  TaskIndex parent_after(TaskIndex task) const;
  LockWishes wishes_after(TaskIndex task) const;

  const Pool& pool_;
  const State& state_;
  const Author& author_;
  GraphChange graph_;
  std::vector<TaskSpec> added_;
  std::map<TaskIndex, TaskSpec> specs_;  // by the index they have or will have
};

// Makes of a description what the state keeps of it, so that the same one is seen to be the same.
void normalise(TaskSpec& spec);

}  // namespace evener
