#include "server/access.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"

namespace evener {
namespace {

constexpr std::string_view bearer = "bearer ";

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::ranges::equal(text.substr(0, word.size()), word, {}, lower_case);
}

// The host without its port.
std::string_view host_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return has_port ? authority.substr(0, colon) : authority;
}

bool is_this_machine(std::string_view host) {
  const bool is_in_127 =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_in_127 || host == "[::1]" || (host.size() == 9 && starts_with_word(host, "localhost"));
}

bool is_address(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in6_addr address{};
  const std::string text(host);
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

Access::Access(AccessParts parts) : parts_(std::move(parts)), list_(parts_.folder) {}

// By an address nobody can be lured here: it is names that somebody else's DNS server gives out.
bool Access::is_ours(const HttpRequest& request, std::string_view host) const {
  if (is_this_machine(host)) return true;
  if (!request.peer.is_tls) return false;
  return is_address(host) || parts_.has_name(std::string(host));
}

// A name that an attacker's DNS server points at this machine makes their page "same origin" in the
// eyes of a browser; but the name stays in the Host field. The port is free, so that a tunnel may
// begin at another one.
Status Access::check_origin(const HttpRequest& request) const {
  if (request.peer.unix_socket) return Done{};
  const std::string_view host = request.header("Host");
  if (request.headers.count("Host") != 1 || !is_ours(request, host_of(host))) {
    return Error{
        "forbidden_host",
        fmt::format(
            "'{}' is no name of this server; {}",
            host.substr(0, 64),
            request.peer.is_tls ? "ask one that its certificate is made out to, or its address "
                                  "(evener up --tls-name gives it another name)"
                                : "ask 127.0.0.1, [::1] or localhost"
        ),
        "Host"
    };
  }
  const std::size_t origins = request.headers.count("Origin");
  if (origins == 0) return Done{};
  const std::string_view origin = request.header("Origin");
  if (origins == 1 &&
      origin == fmt::format("{}://{}", request.peer.is_tls ? "https" : "http", host)) {
    return Done{};
  }
  return Error{
      "forbidden_origin",
      fmt::format("pages from '{}' may not use this server", origin.substr(0, 64)),
      "Origin"
  };
}

// All are compared, so that the time it takes tells nothing.
Result<Caller> Access::holder_of(std::string_view secret) {
  if (const Author* const author = parts_.tokens.find(secret)) return Caller{*author, ""};
  const std::string digest = sha256_hex(secret);
  const NamedToken* found = nullptr;
  for (const NamedToken& token : list_.now().tokens) {
    const bool same = token.digest.size() == digest.size() &&
                      CRYPTO_memcmp(token.digest.data(), digest.data(), digest.size()) == 0;
    if (same) found = &token;
  }
  const auto refused = [](std::string why) {
    return Error{"unauthorized", std::move(why), "Authorization"};
  };
  if (found == nullptr) return refused("the token is not known here");
  const Instant wall = parts_.clock.read().wall;
  if (found->is_valid(wall)) return Caller{Author{found->name, found->scope}, digest};
  return refused(fmt::format(
      "the token of {} {} {} ago; ask for another invitation",
      found->name,
      found->revoked != 0 ? "was revoked" : "expired",
      format_duration(wall - (found->revoked != 0 ? found->revoked : found->expires))
  ));
}

bool Access::is_valid(const std::string& token) {
  return std::ranges::any_of(list_.now().tokens, [&](const NamedToken& known) {
    return known.digest == token && known.is_valid(parts_.clock.read().wall);
  });
}

Result<NamedToken> Access::join(const Redemption& asked) {
  const bool is_known =
      std::ranges::any_of(list_.now().invitations, [&](const OpenInvitation& known) {
        return known.digest == asked.code;
      });
  if (is_known) return redeem(parts_.folder, asked, parts_.clock.read().wall);
  return unknown_code();
}

Result<Caller> Access::caller_of(const HttpRequest& request) {
  const std::string_view shown = request.header("Authorization");
  if (!shown.empty()) {
    if (starts_with_word(shown, bearer)) return holder_of(shown.substr(bearer.size()));
    return Error{"unauthorized", "expected Authorization: Bearer SECRET", "Authorization"};
  }
  if (!request.peer.unix_socket) {
    return Error{
        "unauthorized",
        "over TCP every request shows a token of the pool: Authorization: Bearer SECRET",
        "Authorization"
    };
  }
  if (request.peer.uid == ::geteuid()) return Caller{{parts_.user, Scope::operate}, ""};
  constexpr uid_t superuser = 0;
  if (request.peer.uid == superuser) return Caller{{"root", Scope::operate}, ""};
  return Error{
      "forbidden",
      fmt::format("this socket is for user {} alone, not for {}", ::geteuid(), request.peer.uid)
  };
}

}  // namespace evener
