// Where a server listens and a client connects: a unix socket's path, or a host and a port. One
// grammar for configuration files, the command line and the address that a server writes down.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evener {

// Either `unix_path` is set, or `host` and `port` are.
struct Endpoint {
  std::string unix_path = {};
  std::string host = {};  // a name or a numeric address; IPv6 without its brackets
  std::uint16_t port = 0;
  bool is_tls = false;  // of TCP: written as https://

  bool is_unix() const { return !unix_path.empty(); }

  // As parse_endpoint reads it: "unix:/run/pool.sock", "127.0.0.1:7878", "https://[::1]:7878".
  std::string text() const;

  // Host and port alone: "127.0.0.1:7878", "[::1]:7878".
  std::string authority() const;

  bool operator==(const Endpoint&) const = default;
};

// The longest path that fits into a sockaddr_un with its closing NUL.
inline constexpr std::size_t max_unix_path_bytes = 107;

// Reads "unix:PATH", "HOST:PORT", "[IPV6]:PORT", "http://HOST[:PORT]" and "https://HOST[:PORT]";
// the port of the last two is 80 and 443 if it is left out. Port 0 is read too: to a listener it
// means any free port. Names are not looked up. Fails with `bad_address`.
Result<Endpoint> parse_endpoint(std::string_view text);

// True if `host` is an IPv4 or IPv6 address and not a name.
bool is_numeric_address(const std::string& host);

// True if only this machine can be meant: a unix socket, 127.0.0.0/8, ::1, or "localhost".
bool is_loopback(const Endpoint& endpoint);

}  // namespace evener
