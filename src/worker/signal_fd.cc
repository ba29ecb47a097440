#include "worker/signal_fd.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace evener {

bool wait_readable(int first, int second, Millis timeout) {
  constexpr Millis longest = 3'600'000;
  std::array<pollfd, 2> ready = {{{first, POLLIN, 0}, {second, POLLIN, 0}}};
  const int limit = timeout < 0 ? -1 : static_cast<int>(std::min(timeout, longest));
  const int count = ::poll(ready.data(), ready.size(), limit);
  CHECK(count >= 0 || errno == EINTR, "poll(2) refuses our descriptors");
  return count > 0 && ready[0].revents != 0;
}

}  // namespace evener
