// What a process starts from some moment on, and whatever that starts in turn. The process must be
// a child subreaper (prctl(2)), so that whose parent ends becomes its own child.
#pragma once

#include <set>
#include <vector>

#include "worker/process_tree.h"

namespace evener {

// Between two signals to them, for what is started while its parent is being killed.
inline constexpr Millis kill_again_ms = 10;

class Offspring {
 public:
  // Of `parent`, from now on: who is there already is spared, such as the guard of a lock.
  explicit Offspring(pid_t parent);

  // Without the guards of locks, which see to what they guard, and end with it.
  std::vector<ProcessInfo> living() const;

 private:
  pid_t parent_;
  std::set<ProcessIdentity> spared_;
};

}  // namespace evener
