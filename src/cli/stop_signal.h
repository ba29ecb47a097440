// SIGINT, SIGTERM and SIGHUP (the terminal was closed; not under nohup) as a readable descriptor,
// so that what waits can be woken by them.
#pragma once

#include <csignal>

#include "base/result.h"

namespace evener {

// Blocks the signals for all threads made from now on; the descriptor becomes readable when one
// arrives, and stays so. Made once a process.
Result<int> stop_descriptor();

// The same signals as a set.
sigset_t stop_signal_set();

// For what must end in good order: not when whoever reads its output goes, as `tee` does at Ctrl-C.
void outlive_readers();

}  // namespace evener
