#include "server/http_listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/socket_address.h"

namespace evener {
namespace {

constexpr int backlog = 1024;
constexpr int socket_type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

// Closes a descriptor that is not handed on.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}

  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket(Socket&&) = delete;
  Socket& operator=(Socket&&) = delete;

  int get() const { return descriptor_; }

  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

Error listen_error(int failure, std::string_view action, const std::string& where) {
  return {
      failure == EADDRINUSE ? "address_in_use" : "cannot_listen",
      fmt::format("cannot {}: {}", action, std::strerror(failure)),
      where
  };
}

// Makes room for a socket at `address`: removes a socket file whose server is gone.
Status clear_stale_socket(const sockaddr_un& address, const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return Done{};
    return listen_error(errno, "look at the path", path);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return Error{"address_in_use", "there is a file that is not a socket", path};
  }
  const Socket probe(::socket(AF_UNIX, socket_type, 0));
  if (probe.get() < 0) return listen_error(errno, "open a socket", path);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(probe.get(), any, sizeof address) == 0 || errno == EAGAIN) {
    return Error{"address_in_use", "another server listens on this socket", path};
  }
  if (errno != ECONNREFUSED) return listen_error(errno, "ask who listens", path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return listen_error(errno, "remove the socket of a dead server", path);
  }
  return Done{};
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  CHECK(
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) == 0,
      "a bound socket has a name"
  );
  if (bound.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

Result<TcpListener> listen_on(const addrinfo& address, const std::string& where) {
  Socket listener(::socket(address.ai_family, socket_type, 0));
  if (listener.get() < 0) return listen_error(errno, "open a socket", where);
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener.get(), address.ai_addr, address.ai_addrlen) != 0) {
    return listen_error(errno, "bind", where);
  }
  if (::listen(listener.get(), backlog) != 0) return listen_error(errno, "listen", where);
  const std::uint16_t port = port_of(listener.get());
  return TcpListener{.descriptor = listener.release(), .port = port};
}

Peer tcp_peer(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET6) {
    const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&address);
    ::inet_ntop(AF_INET6, &ipv6->sin6_addr, text, sizeof text);
    return {.address = Endpoint{.host = text, .port = ntohs(ipv6->sin6_port)}.text()};
  }
  const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&address);
  ::inet_ntop(AF_INET, &ipv4->sin_addr, text, sizeof text);
  return {.address = Endpoint{.host = text, .port = ntohs(ipv4->sin_port)}.text()};
}

Peer unix_peer(int descriptor) {
  Peer peer{.unix_socket = true};
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
    peer.uid = credentials.uid;
  }
  return peer;
}

}  // namespace

Result<UnixListener> open_unix_listener(const std::string& path, mode_t mode) {
  if (path.empty() || path.size() > max_unix_path_bytes) {
    return Error{
        "cannot_listen",
        fmt::format(
            "a unix socket's path has 1 to {} bytes, not {}", max_unix_path_bytes, path.size()
        ),
        path
    };
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  TRY(clear_stale_socket(address, path));

  Socket listener(::socket(AF_UNIX, socket_type, 0));
  if (listener.get() < 0) return listen_error(errno, "open a socket", path);
  // Linux gives the file the mode of the socket, less the umask; chmod then adds what that took.
  if (::fchmod(listener.get(), mode) != 0) return listen_error(errno, "set the mode", path);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return listen_error(errno, "bind", path);
  }
  if (::chmod(path.c_str(), mode) != 0) return listen_error(errno, "set the mode", path);
  if (::listen(listener.get(), backlog) != 0) return listen_error(errno, "listen", path);
  struct stat made{};
  if (::lstat(path.c_str(), &made) != 0) return listen_error(errno, "look at the socket", path);
  return UnixListener{
      .descriptor = listener.release(), .device = made.st_dev, .inode = made.st_ino
  };
}

void remove_unix_listener(const std::string& path, const UnixListener& listener) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return;
  if (found.st_dev != listener.device || found.st_ino != listener.inode) return;
  ::unlink(path.c_str());
}

Result<TcpListener> open_tcp_listener(const std::string& host, std::uint16_t port) {
  const std::string where = Endpoint{.host = host, .port = port}.text();
  addrinfo wanted{};
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (failure != 0) {
    return Error{"cannot_listen", fmt::format("no such host: {}", ::gai_strerror(failure)), where};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Result<TcpListener> listener = listen_on(*found, where);
  for (const addrinfo* next = found->ai_next; !listener.ok() && next != nullptr;
       next = next->ai_next) {
    listener = listen_on(*next, where);
  }
  return listener;
}

AcceptResult accept_connection(int listener) {
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int descriptor = ::accept4(
        listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC
    );
    if (descriptor >= 0) {
      if (address.ss_family == AF_UNIX) {
        return {.connection = Accepted{.descriptor = descriptor, .peer = unix_peer(descriptor)}};
      }
      const int on = 1;
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return {.connection = Accepted{.descriptor = descriptor, .peer = tcp_peer(address)}};
    }
    switch (errno) {
      case EAGAIN:
        return {.failure = AcceptFailure::nobody_waits};
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return {.failure = AcceptFailure::out_of_descriptors};
      case EBADF:
      case EINVAL:
      case ENOTSOCK:
      case EOPNOTSUPP:
      case EFAULT:
        CHECK(false, "accept was asked of a socket that does not listen");
        break;
      default:
        break;  // the network's trouble with one connection: try the next
    }
  }
}

}  // namespace evener
