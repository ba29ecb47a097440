// A command that runs as long as a lease is held for it: in this terminal, with its input and
// output, until it ends or the lease is lost.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace evener {

struct HeldCommand {
  std::vector<std::string> argv;
  Millis every_ms = 0;     // how often `renew` is called
  Millis grace_ms = 5000;  // from SIGTERM to SIGKILL, once the lease is lost
};

struct HeldExit {
  int code = 0;  // 128 + n for signal n
  bool lost = false;
};

// Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD of this process, so that run_held() can wait for them;
// to be called before any thread is started.
void block_signals();

// Whether a signal that asks for the end came within `timeout`.
bool stop_came(Millis timeout);

// Signals to this process are passed on. `renew` answers whether the lease is still held. The
// command ends with this process, also when that is killed. Fails with `cannot_start`.
Result<HeldExit> run_held(const HeldCommand& command, const std::function<bool()>& renew);

}  // namespace evener
