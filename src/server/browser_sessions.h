// How a person comes in by a browser: with a code that is good once and for a few minutes, which is
// traded for a session. The session's secret stands in a cookie that scripts cannot read; the
// pool's folder keeps its SHA-256 (`sessions.json`, 0600), so that pages stay signed in when the
// server starts anew. Codes are kept in memory alone. No token is ever part of an address.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/pool_folder.h"
#include "model/command.h"

namespace evener {

// Who a browser acts for.
struct BrowserSession {
  std::string name;
  Scope scope = Scope::read;
  std::string digest;   // SHA-256 of its secret
  std::string token;    // likewise of the token that let it in; "" if the kernel did
  Instant expires = 0;  // by the wall clock of the machine that holds the pool

  bool operator==(const BrowserSession&) const = default;

  static constexpr auto fields() {
    constexpr Bounds digest{.required = true, .max_bytes = 64};
    return std::tuple{
        field("name", &BrowserSession::name, "The author of what it does", {.required = true}),
        field("scope", &BrowserSession::scope, "What it may do", {.required = true}),
        field("digest", &BrowserSession::digest, "SHA-256 of its secret", digest),
        field("token", &BrowserSession::token, "SHA-256 of whose token it has", {.max_bytes = 64}),
        field("expires", &BrowserSession::expires, "Until when it is good", {.required = true}),
    };
  }
};

// Invariant: at most `most_codes` codes and `most_sessions` sessions; of more, the oldest go.
class BrowserSessions {
 public:
  static constexpr std::size_t most_codes = 64;
  static constexpr std::size_t most_sessions = 256;
  static constexpr Millis code_ms = 10 * 60'000;
  static constexpr Millis session_ms = Millis{7} * 24 * 3'600'000;

  // Fails with `tokens_exposed` if others may read the sessions that are kept. Those that cannot be
  // read are given up: nothing but a sign-in is lost, and damage() says why.
  static Result<BrowserSessions> open(const PoolFolder& folder);

  const std::optional<Error>& damage() const { return damage_; }

  // A code that lets a browser in for the owner of `token`, or of the unix socket if that is "".
  std::string make_code(const Author& who, const std::string& token, Instant wall);

  struct Opened {
    std::string secret;
    BrowserSession session;
  };

  // The code is void afterwards. Fails with `code_unknown` (also if it was used) or `code_expired`,
  // and with the errors of writing a file.
  Result<Opened> trade(std::string_view code, Instant wall);

  // The session of that digest, if it is good; null if it is not.
  const BrowserSession* find(std::string_view digest, Instant wall) const;

  // Ends a session.
  Status end(std::string_view digest);

 private:
  struct OpenCode {
    std::string digest;
    Author who;
    std::string token;
    Instant expires = 0;
  };

  explicit BrowserSessions(std::string path) : path_(std::move(path)) {}

  Status write() const;

  std::string path_;
  std::optional<Error> damage_;
  std::deque<OpenCode> codes_;
  std::vector<BrowserSession> sessions_;  // the oldest first
};

// The cookie of a pool's session. Cookies do not tell ports apart, so its name tells the pools.
std::string session_cookie_name(const std::string& pool);

// The value of that name in a Cookie field; "" if it is not there.
std::string_view cookie_value(std::string_view field, std::string_view name);

// Set-Cookie for a secret; an empty one takes the cookie back.
std::string session_cookie(const std::string& pool, std::string_view secret, bool is_tls);

}  // namespace evener
