// A command that runs as long as a lease is held for it: in this terminal, with its input and
// output, until it ends or the lease is lost.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/command.h"
#include "worker/descriptor.h"
#include "worker/heartbeat.h"
#include "worker/time_limit.h"

namespace evener {

struct HeldCommand {
  std::vector<std::string> argv = {};
  Renew lease = {};       // how it is renewed
  Millis claimed_at = 0;  // when the claim was sent, by the boot clock
  Millis lease_ms = 0;
  // Told until when the command may run: before it begins, and whenever the lease was renewed.
  std::function<void(const TimeLimit&)> limit_told = {};
};

struct HeldExit {
  std::optional<int> code = {};  // 128 + n for signal n; nothing: it was never begun
  std::string lost = {};  // why it was ended, or not begun: its lease; "" while that was held
};

// Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD of this process, so that run_held() can wait for them;
// to be called before any thread is started.
void block_signals();

// Whether a signal that asks for the end came within `timeout`.
bool stop_came(Millis timeout);

// Readable while such a signal waits to be taken; a client's stop descriptor.
Descriptor stop_signals();

// Leases are kept as a runner keeps them (worker/attempt_machine.h): our own deadline counts from
// when the claim, or the renewal that was accepted last, was sent, and whatever `heartbeat` waits
// for, the command and all that it started are ended before it. Of a lease that the pool says is
// lost, they are killed at once.
//
// Signals to this process are passed on. The command ends with this process, also when that is
// killed. Orphans of this process become its children from now on. Fails with `cannot_start`.
Result<HeldExit> run_held(const HeldCommand& command, Clock& clock, Heartbeat& heartbeat);

}  // namespace evener
