// A POST to somebody else's address, http or https: one connection a call, bounded in time and in
// what is read back. The server's certificate is verified against the system's authorities, or
// those of SSL_CERT_FILE. Redirects are not followed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "client/http_connection.h"

namespace evener {

struct Url {
  Endpoint endpoint = {};
  std::string target = {};  // path and query, as they go on the wire

  bool operator==(const Url&) const = default;
};

// Fails with `bad_address`: neither http nor https, a name and password in it, a fragment, or
// characters that must be escaped.
Result<Url> parse_url(std::string_view text);

// Any status is an answer: its head is what counts. `timeout_ms` is for all of it (only the look-up
// of a name is as patient as the system). Fails as HttpConnection does.
Result<HttpAnswer> post_to(const Url& url, HttpCall call, Millis timeout_ms, int stop_descriptor);

// The same for an answer of which all counts, up to `most_bytes` of its body; a longer one is a
// `bad_reply`.
Result<HttpAnswer> post_for_answer(
    const Url& url, HttpCall call, Millis timeout_ms, int stop_descriptor, std::size_t most_bytes
);

// "503 Service Unavailable: come back later": the status, and the first line that came with it.
std::string answer_line(const HttpAnswer& answer);

// How long a Retry-After asks to wait: seconds, or an HTTP date, seen from `now`. Nothing if it
// cannot be read.
std::optional<Millis> retry_after_of(std::string_view value, Instant now);

}  // namespace evener
