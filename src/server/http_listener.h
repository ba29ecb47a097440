// Opens the sockets on which a server listens. Every descriptor returned is non-blocking, closed on
// exec, and owned by the caller.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "server/http_message.h"

namespace evener {

struct UnixListener {
  int descriptor = -1;
  dev_t device = 0;  // of the socket's file: whoever removes it checks that it is still this one
  ino_t inode = 0;
};

struct TcpListener {
  int descriptor = -1;
  std::uint16_t port = 0;
};

// The file is never, not even for a moment, open to more than `mode`. A socket file that nobody
// listens on is replaced; callers that may race for one path hold a lock of their own. Fails with
// `address_in_use` if somebody listens there or the path is no socket, else `cannot_listen`.
Result<UnixListener> open_unix_listener(const std::string& path, mode_t mode);

// Removes the socket's file, unless another has taken its place.
void remove_unix_listener(const std::string& path, const UnixListener& listener);

// `host` is a name or an address of this machine; port 0 takes a free one. Fails with
// `address_in_use` or `cannot_listen`.
Result<TcpListener> open_tcp_listener(const std::string& host, std::uint16_t port);

struct Accepted {
  int descriptor = -1;
  Peer peer;
};

enum class AcceptFailure { nobody_waits, out_of_descriptors };

// The next waiting connection, or why there is none. A connection that broke while it waited is
// passed over.
struct AcceptResult {
  std::optional<Accepted> connection = std::nullopt;
  AcceptFailure failure = AcceptFailure::nobody_waits;
};

AcceptResult accept_connection(int listener);

}  // namespace evener
