#include "cli/post_line.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace evener {
namespace {

constexpr std::size_t bytes_at_once = 16UL * 1024;

Millis steady_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<Millis>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

Error unreachable(const Url& url, std::string_view why) {
  return {"unreachable", fmt::format("nobody answers: {}", why), url.authority()};
}

}  // namespace

PostLine::~PostLine() = default;

Result<std::unique_ptr<PostLine>> PostLine::open(
    const Url& url, Millis timeout_ms, int stop_descriptor
) {
  std::unique_ptr<PostLine> line(new PostLine(steady_now() + timeout_ms, stop_descriptor));
  TRY(line->connect(url));
  if (url.is_tls) TRY(line->agree_on_tls(url));
  return line;
}

void PostLine::hurry(Millis patience_ms) {
  deadline_ = std::min(deadline_, steady_now() + patience_ms);
}

Status PostLine::wait(short events) const {
  std::array<pollfd, 2> watched = {
      {{.fd = socket_->number(), .events = events, .revents = 0},
       {.fd = stop_descriptor_, .events = POLLIN, .revents = 0}}
  };
  for (;;) {
    const Millis left = std::max<Millis>(0, deadline_ - steady_now());
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    CHECK(ready >= 0, "poll takes two descriptors");
    if (watched[0].revents != 0) return Done{};
    if (watched[1].revents != 0) return Error{"interrupted", "stopped while sending"};
    return Error{"timeout", "no answer in time"};
  }
}

Status PostLine::connect(const Url& url) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found);
  if (failure != 0) return unreachable(url, ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  int problem = EADDRNOTAVAIL;
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    socket_ = std::make_unique<FileDescriptor>(
        ::socket(next->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    );
    problem = errno;
    if (socket_->number() < 0) continue;
    problem = ::connect(socket_->number(), next->ai_addr, next->ai_addrlen) == 0 ? 0 : errno;
    if (problem == EINPROGRESS) {
      TRY(wait(POLLOUT));
      socklen_t size = sizeof problem;
      ::getsockopt(socket_->number(), SOL_SOCKET, SO_ERROR, &problem, &size);
    }
    if (problem == 0) return Done{};
  }
  return unreachable(url, std::strerror(problem));
}

Status PostLine::agree_on_tls(const Url& url) {
  tls_ = TRY(TlsContext::for_client(url.host, "")).begin();
  TRY(send_encrypted());
  while (!tls_->is_open()) {
    if (TRY(receive_encrypted())) continue;
    return Error{"reply_lost", "the server closed the connection while TLS was agreed on"};
  }
  return Done{};
}

Status PostLine::send_encrypted() {
  const Status sent = send_plain(tls_->unsent());
  tls_->sent(tls_->unsent().size());
  if (tls_->failure()) return *tls_->failure();
  return sent;
}

Result<bool> PostLine::receive_encrypted() {
  std::string arrived;
  if (!TRY(receive_plain(arrived))) return false;
  tls_->receive(arrived);
  TRY(send_encrypted());
  return true;
}

Status PostLine::send_plain(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_->number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY(wait(POLLOUT));
    } else if (errno != EINTR) {
      return Error{"reply_lost", fmt::format("the connection ended: {}", std::strerror(errno))};
    }
  }
  return Done{};
}

Result<bool> PostLine::receive_plain(std::string& bytes) {
  std::array<char, bytes_at_once> buffer;
  for (;;) {
    const ssize_t got = ::recv(socket_->number(), buffer.data(), buffer.size(), 0);
    if (got >= 0) {
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
      return got > 0;
    }
    if (errno == EAGAIN) {
      TRY(wait(POLLIN));
    } else if (errno != EINTR) {
      return Error{"reply_lost", fmt::format("the connection ended: {}", std::strerror(errno))};
    }
  }
}

Status PostLine::send(std::string_view bytes) {
  if (!tls_) return send_plain(bytes);
  if (tls_->failure()) return *tls_->failure();
  tls_->write(bytes);
  return send_encrypted();
}

Result<bool> PostLine::receive(std::string& bytes) {
  if (!tls_) return receive_plain(bytes);
  std::array<char, bytes_at_once> buffer;
  for (;;) {
    const std::size_t got = tls_->read(buffer);
    bytes.append(buffer.data(), got);
    if (got > 0) return true;
    if (tls_->failure()) return *tls_->failure();
    if (tls_->has_seen_end() || !TRY(receive_encrypted())) return false;
  }
}

}  // namespace evener
