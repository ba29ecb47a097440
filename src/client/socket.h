// A client's socket: connected and waited for with a deadline, and with a stop in between.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"

namespace evener {

// The machine's monotonic clock, which deadlines are counted by.
Millis monotonic_now();

Error unreachable(const Endpoint& endpoint, std::string_view why);
Error interrupted();

enum class Wait { ready, timed_out, stopped };

// Waits for `events` on a socket (or, with descriptor -1, only for time to pass) until `deadline`.
// What the socket already has goes before a stop. Never times out early, for all that the clock is
// read in whole milliseconds.
Wait wait_for(int descriptor, short events, int stop_descriptor, Millis deadline);

// Answers the descriptor, which the caller owns: it does not block, and is closed on exec. Fails
// with `unreachable` or `interrupted`.
Result<int> connect_socket(const Endpoint& endpoint, Millis deadline, int stop_descriptor);

}  // namespace evener
