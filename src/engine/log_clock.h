// Log time: what decisions are made by. It advances by the monotonic clock under the same boot,
// else by wall time, and never backward; while a server runs, one step advances it by at most a
// second, so that sleep, a stopped process or a slow disk lapses nobody. What it misses so is made
// up for when its owner says that nobody is harmed. Where it runs ahead of the wall, because a
// clock was wrong once, it waits over the next boots for the wall to catch up. Under one boot the
// wall is followed forward only while a time server keeps it.
#pragma once

#include <string>
#include <utility>

#include "base/fields.h"
#include "base/time.h"

namespace evener {

// When a batch was written, by every clock.
struct Stamp {
  Instant log = 0;
  Instant wall = 0;  // for people
  Millis mono = 0;   // since the boot that `boot` names
  std::string boot = {};
  // How far the clock since boot, sleep included, is ahead of log time that misses nothing; a
  // journal may not say: 0.
  Millis lead = 0;

  static constexpr auto fields() {
    constexpr Bounds any{.required = true, .min = INT64_MIN};
    constexpr Bounds optional{.min = INT64_MIN};
    return std::tuple{
        field("log", &Stamp::log, "Log time, ms", any),
        field("wall", &Stamp::wall, "Wall time, ms since 1970 UTC", any),
        field("mono", &Stamp::mono, "Monotonic clock, ms", any),
        field("boot", &Stamp::boot, "The boot it counts from", any),
        field("lead", &Stamp::lead, "Clock since boot less log time in step, ms", optional),
    };
  }
};

class LogClock {
 public:
  // Goes on from the newest batch; a default Stamp starts at wall time.
  explicit LogClock(Stamp last) : last_(std::move(last)) {}

  // The stamp of now; its log time is at most `longest_step` ms past the one before.
  const Stamp& advance(const ClockReading& reading, Millis longest_step = INT64_MAX);

  const Stamp& last() const { return last_; }

  // How much time log time has missed, ms.
  Millis missed() const { return missed_; }

  void make_up() { last_.log += std::exchange(missed_, 0); }

 private:
  Stamp last_;
  Millis missed_ = 0;
};

}  // namespace evener
