// A command that runs while this terminal holds locks for it: a task of the kind `lock` stands for
// them in the pool, is claimed by name, and its lease is renewed until the command ends.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

namespace evener {

struct LockedCommand {
  TaskSpec lock = {};       // its `paths` and `locks` are taken; without an id it gets one
  std::string worker = {};  // who takes them
  Millis lease_ms = limits::runner_lease;
  bool wait = false;      // until they can be had
  std::string what = {};  // for people: "the lock"
  std::vector<std::string> argv = {};
};

// Words as a text for people, of at most `most` bytes: whatever is not UTF-8 is replaced, and no
// character is cut.
std::string shown_words(const std::vector<std::string>& words, std::size_t most);

// The exit code of the command; `refused` if the locks cannot be had, or were lost meanwhile.
ExitCode run_with_locks(Session& session, LockedCommand command);

}  // namespace evener
