// A POST to somebody else's address, http or https: one connection a call, bounded in time and in
// what is read back. The server's certificate is verified against the system's authorities, or
// those of SSL_CERT_FILE. Redirects are not followed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace evener {

struct Url {
  bool is_tls = false;
  std::string host = {};  // a name or a numeric address; IPv6 without its brackets
  std::uint16_t port = 0;
  std::string target = {};  // path and query, as they go on the wire

  std::string authority() const;  // "example.org:8080"; the scheme's own port is left out
  bool operator==(const Url&) const = default;
};

// Fails with `bad_address`: neither http nor https, a name and password in it, a fragment, or
// characters that must be escaped.
Result<Url> parse_url(std::string_view text);

struct PostCall {
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct PostAnswer {
  int status = 0;
  std::string reason = {};       // as the server put it, and the first line that it sent with it
  std::string retry_after = {};  // the field's value, or ""
};

// Any status is an answer. `timeout_ms` is for all of it (only the look-up of a name is as patient
// as the system). Fails with `unreachable`, `timeout`, `bad_certificate`, `reply_lost`,
// `bad_reply`, or `interrupted` as soon as `stop_descriptor` is readable.
Result<PostAnswer> post_to(
    const Url& url, const PostCall& call, Millis timeout_ms, int stop_descriptor
);

// How long a Retry-After asks to wait: seconds, or an HTTP date, seen from `now`. Nothing if it
// cannot be read.
std::optional<Millis> retry_after_of(std::string_view value, Instant now);

}  // namespace evener
