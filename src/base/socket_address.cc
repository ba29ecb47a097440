#include "base/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace evener {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view http_prefix = "http://";
constexpr std::string_view https_prefix = "https://";

std::optional<in_addr> ipv4_of(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return std::nullopt;
  return address;
}

std::optional<in6_addr> ipv6_of(const std::string& host) {
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return std::nullopt;
  return address;
}

Error bad_address(std::string_view text, std::string_view problem) {
  return {
      "bad_address",
      fmt::format(
          "{} in \"{}\"; expected unix:PATH, HOST:PORT, [IPV6]:PORT, http://HOST:PORT or "
          "https://HOST:PORT",
          problem,
          text
      )
  };
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

// A name of digits and dots alone is meant as an IPv4 address, and must be one.
bool is_host(const std::string& host) {
  if (host.empty() || host.size() > 253 || !std::ranges::all_of(host, is_host_char)) return false;
  const bool numeric = host.find_first_not_of("0123456789.") == std::string::npos;
  return !numeric || ipv4_of(host).has_value();
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, port);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return port;
}

Result<Endpoint> parse_unix(std::string_view text) {
  const std::string_view path = text.substr(unix_prefix.size());
  if (path.empty()) return bad_address(text, "no path");
  if (path.size() > max_unix_path_bytes) {
    return bad_address(text, fmt::format("a path longer than {} bytes", max_unix_path_bytes));
  }
  return Endpoint{.unix_path = std::string(path)};
}

// `authority` is the part of `text` that names host and port.
Result<Endpoint> parse_authority(
    std::string_view text, std::string_view authority, std::optional<std::uint16_t> default_port
) {
  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == std::string_view::npos) return bad_address(text, "no closing ]");

  Endpoint endpoint;
  endpoint.host = bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  const bool host_is_good = bracketed ? ipv6_of(endpoint.host).has_value() : is_host(endpoint.host);

  const std::size_t rest_begin = bracketed ? host_end + 1 : std::min(host_end, authority.size());
  const std::string_view rest = authority.substr(rest_begin);
  if (!bracketed && std::ranges::count(authority, ':') > 1) {
    return bad_address(text, "an IPv6 address without brackets");
  }
  if (!host_is_good) return bad_address(text, "no valid host");
  if (rest.empty() && default_port) {
    endpoint.port = *default_port;
    return endpoint;
  }
  if (!rest.starts_with(':')) return bad_address(text, "no port");
  const std::optional<std::uint16_t> port = port_of(rest.substr(1));
  if (!port) return bad_address(text, "no port from 0 to 65535");
  endpoint.port = *port;
  return endpoint;
}

}  // namespace

std::string Endpoint::text() const {
  if (is_unix()) return std::string(unix_prefix) + unix_path;
  return (is_tls ? std::string(https_prefix) : "") + authority();
}

std::string Endpoint::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return bad_address(text, "a NUL byte");
  if (text.starts_with(unix_prefix)) return parse_unix(text);
  for (const std::string_view prefix : {http_prefix, https_prefix}) {
    if (!text.starts_with(prefix)) continue;
    const bool is_tls = prefix == https_prefix;
    std::string_view authority = text.substr(prefix.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);
    Endpoint endpoint = TRY(parse_authority(text, authority, is_tls ? 443 : 80));
    endpoint.is_tls = is_tls;
    return endpoint;
  }
  if (text.find("://") != std::string_view::npos) {
    return bad_address(text, "a scheme that is neither http nor https");
  }
  return parse_authority(text, text, std::nullopt);
}

bool is_numeric_address(const std::string& host) {
  return ipv4_of(host).has_value() || ipv6_of(host).has_value();
}

bool is_loopback(const Endpoint& endpoint) {
  if (endpoint.is_unix()) return true;
  if (const auto ipv4 = ipv4_of(endpoint.host)) return (ntohl(ipv4->s_addr) >> 24U) == 127;
  if (const auto ipv6 = ipv6_of(endpoint.host)) {
    if (IN6_IS_ADDR_V4MAPPED(&*ipv6)) return ipv6->s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&*ipv6);
  }
  constexpr std::string_view localhost = "localhost";
  return std::ranges::equal(endpoint.host, localhost, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace evener
