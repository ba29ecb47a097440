// A process that the driver starts, kills and waits for. Only its own, by their number.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace evener::history {

class Child {  // Invariant: owns a process that was not waited for, or none.
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  // Runs the program with stdout as `output` (-1: nowhere). Fails with `cannot_start`.
  Status start(const std::vector<std::string>& argv, int output = -1);

  // SIGKILL, SIGSTOP, SIGCONT, SIGTERM.
  void signal(int number) const;

  // Waits for its end: its exit code, or -1 if a signal ended it.
  int reap();

  bool is_running() const { return pid_ > 0; }

 private:
  pid_t pid_ = -1;
};

}  // namespace evener::history
