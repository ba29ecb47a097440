#include "client/socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>
#include <memory>

namespace evener {
namespace {

constexpr Millis full_backlog_pause_ms = 5;

// Connects a fresh socket. Answers its descriptor, which the caller owns.
Result<int> connect_to(
    const Endpoint& endpoint,
    const sockaddr* address,
    socklen_t size,
    Millis deadline,
    int stop_descriptor
) {
  const int descriptor =
      ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return unreachable(endpoint, std::strerror(errno));
  int failure = ::connect(descriptor, address, size) == 0 ? 0 : errno;
  // A unix server whose backlog is full: there is nothing to poll for, so ask again.
  while (failure == EAGAIN) {
    const Millis pause_end = std::min(deadline, monotonic_now() + full_backlog_pause_ms);
    if (wait_for(-1, 0, stop_descriptor, pause_end) == Wait::stopped) {
      ::close(descriptor);
      return interrupted();
    }
    if (monotonic_now() > deadline) break;
    failure = ::connect(descriptor, address, size) == 0 ? 0 : errno;
  }
  if (failure == EINPROGRESS) {
    const Wait wait = wait_for(descriptor, POLLOUT, stop_descriptor, deadline);
    if (wait == Wait::stopped) {
      ::close(descriptor);
      return interrupted();
    }
    socklen_t failure_size = sizeof failure;
    failure = ETIMEDOUT;
    if (wait == Wait::ready) {
      ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &failure_size);
    }
  }
  if (failure != 0) {
    ::close(descriptor);
    return unreachable(endpoint, std::strerror(failure));
  }
  return descriptor;
}

Result<int> connect_unix(const Endpoint& endpoint, Millis deadline, int stop_descriptor) {
  if (endpoint.unix_path.size() > max_unix_path_bytes) {
    return unreachable(endpoint, "the path is too long for a unix socket");
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  endpoint.unix_path.copy(address.sun_path, endpoint.unix_path.size());
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  return connect_to(endpoint, any, sizeof address, deadline, stop_descriptor);
}

Result<int> connect_tcp(const Endpoint& endpoint, Millis deadline, int stop_descriptor) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &wanted, &found);
  if (failure != 0) return unreachable(endpoint, ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Result<int> descriptor = unreachable(endpoint, "the name has no address");
  for (const addrinfo* next = found; next != nullptr && !descriptor.ok(); next = next->ai_next) {
    descriptor = connect_to(endpoint, next->ai_addr, next->ai_addrlen, deadline, stop_descriptor);
    if (!descriptor.ok() && descriptor.error().code == "interrupted") break;
  }
  if (descriptor.ok()) {
    const int on = 1;
    ::setsockopt(*descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return descriptor;
}

}  // namespace

Millis monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<Millis>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

Error unreachable(const Endpoint& endpoint, std::string_view why) {
  return {"unreachable", fmt::format("no server answers: {}", why), endpoint.text()};
}

Error interrupted() {
  return {"interrupted", "stopped while waiting for the server"};
}

Wait wait_for(int descriptor, short events, int stop_descriptor, Millis deadline) {
  for (;;) {
    std::array<pollfd, 2> watched = {
        {{.fd = descriptor, .events = events, .revents = 0},
         {.fd = stop_descriptor, .events = POLLIN, .revents = 0}}
    };
    const Millis left =
        std::clamp<Millis>(deadline - monotonic_now() + 1, 0, std::numeric_limits<int>::max());
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left));
    if (ready < 0) {
      CHECK(errno == EINTR, "poll takes two descriptors");
      continue;
    }
    if (watched[0].revents != 0) return Wait::ready;
    if (watched[1].revents != 0) return Wait::stopped;
    if (monotonic_now() > deadline) return Wait::timed_out;
  }
}

Result<int> connect_socket(const Endpoint& endpoint, Millis deadline, int stop_descriptor) {
  return endpoint.is_unix() ? connect_unix(endpoint, deadline, stop_descriptor)
                            : connect_tcp(endpoint, deadline, stop_descriptor);
}

}  // namespace evener
