// The processes of this machine as /proc shows them, and signals that reach exactly the process
// that was meant. A process id alone names nobody: the kernel gives it away again as soon as its
// process has been reaped. Id and start time together name one process until the next boot.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace evener {

// The environment variable by which the processes of an attempt are recognised when nothing else
// connects them with us any more. Children inherit it.
inline constexpr std::string_view attempt_mark_variable = "EVENER_ATTEMPT_MARK";

struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  // clock ticks since boot: /proc/PID/stat, field 22

  auto operator<=>(const ProcessIdentity&) const = default;
};

struct ProcessInfo {
  ProcessIdentity identity;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  char state = '?';  // as in ps: R, S, D, T, Z ...

  // Dead processes stay visible until their parent has reaped them.
  bool dead() const { return state == 'Z' || state == 'X'; }
};

// Nothing if there is no such process.
std::optional<ProcessInfo> find_process(pid_t pid);

// Those that /proc listed during one pass, the dead ones too. It is not a picture of one instant:
// whoever must leave nobody over repeats it until an empty answer is certain.
std::vector<ProcessInfo> all_processes();

// Children of `root`, their children, and so on; not `root` itself. Does not descend through
// `except`.
std::vector<ProcessInfo> descendants_of(
    pid_t root, const std::vector<ProcessInfo>& all, pid_t except = 0
);

bool alive(const ProcessIdentity& who);

// Makes the calling process a guard: one that waits for the end of others, clears away after them,
// and then ends by itself. Whoever ends all that a command started spares it.
void become_guard();

// Whether that process is a guard, of the same program as this one.
bool is_guard(pid_t pid);

// Signals this very process, or nobody. False if it is gone, or may not be signalled by us.
bool signal_exactly(const ProcessIdentity& who, int signal);

// The value of EVENER_ATTEMPT_MARK with which a process of our own user was started; "" if there
// is none or it cannot be known. A program that overwrites its own environment area to set its
// title, or that changed its user, hides it.
std::string attempt_mark_of(pid_t pid);

// One attempt's processes, to be found without their keeper.
struct ProcessFamily {
  std::string mark;                    // "" if there is none to go by
  std::vector<ProcessIdentity> roots;  // known members, such as the keeper
};

// SIGKILLs the living roots, every process with the mark, and all descendants of these, until no
// pass finds one or `patience` is over. Spares the calling process, its own children, and
// guards. Answers how many processes were killed.
int kill_families(const std::vector<ProcessFamily>& families, Millis patience);

}  // namespace evener
