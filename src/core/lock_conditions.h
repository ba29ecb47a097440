// Why a task waits for locks: who holds what it wants, and what would change it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/conditions.h"

namespace evener {

// Whether nothing that runs, or goes first, is in the way of what the task wishes to lock. Nothing
// if it wishes nothing.
std::optional<Condition> lock_condition(const Pool& pool, TaskIndex task);

// The same for programs: the holder, its task and the lock. "" if nothing is in the way.
std::string lock_detail(const Pool& pool, TaskIndex task);

// "walnut-1 holds src/** for build-auth"; "src/** is kept for build-auth, ..."
std::string text_of(const Pool& pool, const LockObstacle& obstacle);

// Of tasks that wait for locks: those for whom they wait, at most a few, each once:
// "build-auth (walnut-1)".
std::string waited_for(const Pool& pool, const std::vector<TaskIndex>& waiting);

// Whether the task, whose lease lapsed, can have its locks again: others may have taken them.
std::optional<Refusal> locks_lost(const Pool& pool, TaskIndex task);

// A running task must not come into conflict with another by an edit. `parent_after` tells whose
// subtask a task will be.
template <typename ParentAfter>
std::optional<LockObstacle> conflict_after(
    const Pool& pool, TaskIndex task, const LockWishes& wishes, const ParentAfter& parent_after
) {
  const auto is_above = [&](TaskIndex above, TaskIndex below) {
    for (TaskIndex at = below; at != no_task; at = parent_after(at)) {
      if (at == above) return true;
    }
    return false;
  };
  const std::vector<LockObstacle> found = pool.locks().held_against(wishes, [&](TaskIndex other) {
    return is_above(task, other) || is_above(other, task);
  });
  if (found.empty()) return std::nullopt;
  return found.front();
}

}  // namespace evener
