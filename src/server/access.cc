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
constexpr std::string_view unreadable = "access_unreadable";

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

std::string why_refused(const NamedToken& token, Instant wall) {
  return fmt::format(
      "the token of {} {} {} ago; ask for another invitation",
      token.name,
      token.revoked != 0 ? "was revoked" : "expired",
      format_duration(wall - (token.revoked != 0 ? token.revoked : token.expires))
  );
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

// What is wrong with the file is for whoever runs the server, and not for strangers.
Result<const AccessList*> Access::list() {
  const Result<const AccessList*> list = list_.now(parts_.clock.monotonic());
  const std::string problem = list.ok() ? "" : list.error().text();
  if (problem != told_) parts_.on_list(problem);
  told_ = problem;
  if (list.ok()) return list;
  return Error{
      std::string(unreadable), "the server cannot read its list of tokens now; its log says why"
  };
}

// All are compared, so that the time it takes tells nothing.
Result<Caller> Access::holder_of(std::string_view secret) {
  if (const Author* const author = parts_.tokens.find(secret)) return Caller{*author};
  const std::string digest = sha256_hex(secret);
  const NamedToken* found = nullptr;
  const AccessList* const known = TRY(list());
  for (const NamedToken& token : known->tokens) {
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
  return refused(why_refused(*found, wall));
}

// Whose token has that digest now, and what it may do.
Result<Author> Access::owner_of(const std::string& token) {
  if (const Author* const author = parts_.tokens.owner_of(token)) return *author;
  const Instant wall = parts_.clock.read().wall;
  const AccessList* const list = TRY(this->list());
  std::string why = "the token is not known here any more";
  for (const NamedToken& known : list->tokens) {
    if (known.digest != token) continue;
    if (known.is_valid(wall)) return Author{known.name, known.scope};
    why = why_refused(known, wall);
  }
  return Error{"unauthorized", std::move(why)};
}

bool Access::is_valid(const Caller& caller) {
  if (!caller.token.empty()) {
    const Result<Author> owner = owner_of(caller.token);
    if (!owner.ok() && owner.error().code != unreadable) return false;
  }
  return caller.session.empty() ||
         parts_.sessions.find(caller.session, parts_.clock.read().wall) != nullptr;
}

Result<NamedToken> Access::join(const Redemption& asked) {
  const AccessList* const list = TRY(this->list());
  const bool is_known = std::ranges::any_of(list->invitations, [&](const OpenInvitation& known) {
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
  if (!request.peer.unix_socket) return session_of(request);
  if (request.peer.uid == ::geteuid()) return Caller{{parts_.user, Scope::operate}};
  constexpr uid_t superuser = 0;
  if (request.peer.uid == superuser) return Caller{{"root", Scope::operate}};
  return Error{
      "forbidden",
      fmt::format("this socket is for user {} alone, not for {}", ::geteuid(), request.peer.uid)
  };
}

// ---- browsers ----------------------------------------------------------------------------------

// A session ends with the token that let it in. Pages at other ports of this machine are the same
// site to a browser, which sends them the cookie, too; it says so.
Result<Caller> Access::session_of(const HttpRequest& request) {
  const std::string_view secret =
      cookie_value(request.header("Cookie"), session_cookie_name(parts_.pool));
  if (secret.empty()) {
    return Error{
        "unauthorized",
        "over TCP every request shows a token of the pool: Authorization: Bearer SECRET",
        "Authorization"
    };
  }
  const std::string_view from = request.header("Sec-Fetch-Site");
  if (!from.empty() && from != "same-origin" && from != "none") {
    return Error{"forbidden_origin", "another page may not use this session", "Sec-Fetch-Site"};
  }
  const BrowserSession* const session =
      parts_.sessions.find(sha256_hex(secret), parts_.clock.read().wall);
  const Error over{
      "unauthorized", "this session is over; sign in again with: evener open", "Cookie"
  };
  if (session == nullptr) return over;
  Result<Author> author =
      session->token.empty() ? Author{session->name, session->scope} : owner_of(session->token);
  if (author.ok()) return Caller{std::move(*author), session->token, session->digest};
  return author.error().code == unreadable ? author.error() : over;
}

std::string Access::own_code() {
  return parts_.sessions.make_code({parts_.user, Scope::operate}, "", parts_.clock.read().wall);
}

Result<std::string> Access::make_code(const HttpRequest& request, const Caller& caller) {
  if (!caller.session.empty()) {
    return Error{"forbidden", "a browser's session lets in no other; use evener open"};
  }
  const std::string_view shown = request.header("Authorization");
  const std::string token = shown.empty() ? "" : sha256_hex(shown.substr(bearer.size()));
  return parts_.sessions.make_code(caller.author, token, parts_.clock.read().wall);
}

Result<BrowserSessions::Opened> Access::sign_in(const HttpRequest& request, std::string_view code) {
  TRY(check_own_page(request));
  BrowserSessions::Opened opened = TRY(parts_.sessions.trade(code, parts_.clock.read().wall));
  if (opened.session.token.empty()) return opened;
  // The token may have ended since it made the code.
  const Result<Author> owner = owner_of(opened.session.token);
  if (owner.ok() || owner.error().code == unreadable) return opened;  // each request asks again
  TRY(parts_.sessions.end(opened.session.digest));
  return owner.error();
}

Status Access::sign_out(const Caller& caller) {
  return caller.session.empty() ? Status(Done{}) : parts_.sessions.end(caller.session);
}

Status Access::check_own_page(const HttpRequest& request) const {
  const bool is_ours = request.headers.count("Origin") == 1 &&
                       request.header("X-Evener-Page") == "1" && check_origin(request).ok();
  if (is_ours) return Done{};
  return Error{
      "forbidden_origin",
      "what a browser changes comes from a page of this server: Origin and X-Evener-Page are "
      "missing",
      "Origin"
  };
}

}  // namespace evener
