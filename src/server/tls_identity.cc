#include "server/tls_identity.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/file.h"

namespace evener {
namespace {

std::string address_text(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* from = nullptr;
  if (address->sa_family == AF_INET) {
    from = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    const in6_addr& ipv6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&ipv6)) return {};  // it means something only beside an interface
    from = &ipv6;
  }
  if (from == nullptr) return {};
  return ::inet_ntop(address->sa_family, from, text.data(), text.size()) == nullptr ? ""
                                                                                    : text.data();
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::vector<std::string> names_for(const TlsIdentityOptions& options) {
  std::vector<std::string> names = options.names;
  const std::string host = host_name();
  names.push_back(host);
  names.push_back(host.substr(0, host.find('.')));
  if (is_every_address(options.host)) {
    for (std::string& address : machine_addresses()) names.push_back(std::move(address));
  } else {
    names.push_back(options.host);
  }
  for (const char* own : {"localhost", "127.0.0.1", "::1"}) names.emplace_back(own);
  std::vector<std::string> once;
  for (std::string& name : names) {
    const bool is_new = !name.empty() && std::ranges::find(once, name) == once.end();
    if (is_new) once.push_back(std::move(name));
  }
  return once;
}

// The key first: a certificate without one would be taken for a whole identity by the next start.
Status make_own(const TlsIdentityOptions& options, Instant wall) {
  const PoolFolder& folder = options.folder;
  const CertificateFiles files = TRY(make_certificate(names_for(options), wall));
  TRY(write_file_atomic(folder.key(), files.key, 0600));
  return write_file_atomic(folder.certificate(), files.certificate, 0600);
}

Status check_key(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return system_error(errno, "look at", path);
  if ((found.st_mode & S_IROTH) == 0) return Done{};
  return Error{
      "key_exposed",
      fmt::format("everybody on this machine may read the key; run: chmod 600 {}", path),
      path
  };
}

}  // namespace

bool is_every_address(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

std::vector<std::string> machine_addresses() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(found, &::freeifaddrs);
  std::vector<std::string> addresses;
  for (const ifaddrs* next = found; next != nullptr; next = next->ifa_next) {
    if (next->ifa_addr == nullptr || (next->ifa_flags & IFF_LOOPBACK) != 0) continue;
    std::string text = address_text(next->ifa_addr);
    if (!text.empty()) addresses.push_back(std::move(text));
  }
  // Most people know their machines by the shorter ones.
  std::ranges::stable_partition(addresses, [](const std::string& address) {
    return address.find(':') == std::string::npos;
  });
  return addresses;
}

Result<TlsIdentity> open_tls_identity(const TlsIdentityOptions& options, Instant wall) {
  const bool is_given = !options.certificate.empty() || !options.key.empty();
  if (is_given && (options.certificate.empty() || options.key.empty())) {
    return Error{"usage", "a certificate and its key are given together: --tls-cert and --tls-key"};
  }
  const std::string certificate = is_given ? options.certificate : options.folder.certificate();
  const std::string key = is_given ? options.key : options.folder.key();
  if (!is_given && ::access(certificate.c_str(), F_OK) != 0) TRY(make_own(options, wall));
  TRY(check_key(key));
  TlsContext context = TRY(TlsContext::for_server(certificate, key));
  Certificate own = TRY(Certificate::read(TRY(read_file(certificate))));
  return TlsIdentity{std::move(context), std::move(own)};
}

}  // namespace evener
