#include "server/access.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace evener {
namespace {

constexpr std::string_view bearer = "bearer ";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::ranges::equal(text.substr(0, word.size()), word, {}, lower);
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

}  // namespace

Access::Access(Tokens tokens, std::string user)
    : tokens_(std::move(tokens)), user_(std::move(user)) {}

// A name that an attacker's DNS server points at this machine makes their page "same origin" in the
// eyes of a browser; but the name stays in the Host field. The port is free, so that a tunnel may
// begin at another one.
Status Access::check_origin(const HttpRequest& request) {
  if (request.peer.unix_socket) return Done{};
  const std::string_view host = request.header("Host");
  if (request.headers.count("Host") != 1 || !is_this_machine(host_of(host))) {
    return Error{
        "forbidden_host",
        fmt::format(
            "'{}' is not this server; ask 127.0.0.1, [::1] or localhost", host.substr(0, 64)
        ),
        "Host"
    };
  }
  const std::size_t origins = request.headers.count("Origin");
  if (origins == 0) return Done{};
  const std::string_view origin = request.header("Origin");
  if (origins == 1 && origin == fmt::format("http://{}", host)) return Done{};
  return Error{
      "forbidden_origin",
      fmt::format("pages from '{}' may not use this server", origin.substr(0, 64)),
      "Origin"
  };
}

Result<Author> Access::author_of(const HttpRequest& request) const {
  const std::string_view shown = request.header("Authorization");
  if (!shown.empty()) {
    const Author* author =
        starts_with_word(shown, bearer) ? tokens_.find(shown.substr(bearer.size())) : nullptr;
    if (author != nullptr) return *author;
    return Error{"unauthorized", "the token is not known here", "Authorization"};
  }
  if (!request.peer.unix_socket) {
    return Error{
        "unauthorized",
        "over TCP every request shows a token of the pool's `tokens` file: Authorization: Bearer "
        "SECRET",
        "Authorization"
    };
  }
  if (request.peer.uid == ::geteuid()) return Author{user_, Scope::operate};
  constexpr uid_t superuser = 0;
  if (request.peer.uid == superuser) return Author{"root", Scope::operate};
  return Error{
      "forbidden",
      fmt::format("this socket is for user {} alone, not for {}", ::geteuid(), request.peer.uid)
  };
}

}  // namespace evener
