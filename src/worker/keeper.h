// A keeper is the small process that stands between a runner and the one command that it runs. It
// outlives its runner by as long as it takes to end everything that the command started: also when
// the runner was ended by SIGKILL, no process is left behind. keeper.cc explains how.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "worker/time_limit.h"

namespace evener {

// The hidden verb: PROGRAM __keep DIRECTORY COMMAND [ARGUMENT...]
inline constexpr std::string_view keeper_verb = "__keep";

// What a keeper finds open when it starts, beside the command's 0, 1 and 2.
inline constexpr int keeper_channel_fd = 3;      // a SOCK_SEQPACKET socket to the runner
inline constexpr int keeper_environment_fd = 4;  // the command's, as NUL-terminated NAME=VALUE

// The channel carries these structs as they are in memory: both ends are the same executable.

struct KeeperReport {  // keeper to runner
  enum class Kind : std::int32_t {
    started,        // `command` and `start_ticks` say who it is
    bad_directory,  // not started; `code` is the errno
    bad_program,    // not started; `code` is the errno
    exited,         // `code` is -1 if `signal` ended it
  };
  Kind kind;
  std::int32_t code;
  std::int32_t signal;
  pid_t command;
  std::uint64_t start_ticks;
  Millis duration;
  bool lapsed = false;  // ended by its time limit, before the runner asked for it
};

struct KeeperRequest {  // runner to keeper
  enum class Kind : std::int32_t { limit, end };
  Kind kind = Kind::end;
  Millis grace = 0;      // of `end`: from SIGTERM to SIGKILL, not negative
  TimeLimit limit = {};  // of `limit`: instead of the one before
};

// How long a keeper keeps killing before it leaves those that cannot be killed: another user's, or
// asleep inside the kernel with the signal pending.
inline constexpr Millis keeper_sweep_limit_ms = 10'000;

// Runs as a keeper until all is over; the caller returns its answer from main() at once. To be
// called before any thread is started. argv[1] is `keeper_verb`.
int keeper_main(int argc, char** argv);

}  // namespace evener
