// SIGINT and SIGTERM as a readable descriptor, so that what waits can be woken by them.
#pragma once

#include "base/result.h"

namespace evener {

// Blocks the two signals for all threads made from now on; the descriptor becomes readable when one
// arrives, and stays so. Made once a process.
Result<int> stop_descriptor();

}  // namespace evener
