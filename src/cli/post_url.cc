#include "cli/post_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/tls.h"
#include "client/socket.h"
#include "model/limits.h"

namespace evener {
namespace {

Error bad_url(std::string_view text, std::string_view problem) {
  return {
      "bad_address",
      fmt::format("{} in \"{}\"; expected http://HOST[:PORT]/PATH or https://...", problem, text)
  };
}

bool must_be_escaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0x7F;
}

Result<HttpConnection> connection_to(const Url& url, Millis timeout_ms, int stop_descriptor) {
  std::optional<TlsContext> tls;
  if (url.endpoint.is_tls) tls = TRY(TlsContext::for_client(url.endpoint.host, ""));
  const TlsContext* const context = tls ? &*tls : nullptr;
  return HttpConnection::connect(url.endpoint, timeout_ms, stop_descriptor, context);
}

void direct(HttpCall& call, const Url& url) {
  call.method = "POST";
  call.target = url.target;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(scheme_end, text.size()));
  if (scheme != "http" && scheme != "https") return bad_url(text, "a scheme that is not http");
  if (std::ranges::any_of(text, must_be_escaped)) {
    return bad_url(text, "a character that must be escaped");
  }
  if (text.find('#') != std::string_view::npos) return bad_url(text, "a fragment");
  const std::size_t authority_end = text.find_first_of("/?", scheme_end + 3);
  const std::string_view address = text.substr(0, authority_end);
  if (const std::size_t at = address.rfind('@'); at != std::string_view::npos) {
    return bad_url(address.substr(at), "a name or password, for which an address is no place");
  }
  Url url{
      .endpoint = TRY(parse_endpoint(address)), .target = std::string(text.substr(address.size()))
  };
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (url.endpoint.port == 0) return bad_url(text, "port 0");
  return url;
}

Result<HttpAnswer> post_to(const Url& url, HttpCall call, Millis timeout_ms, int stop_descriptor) {
  const Millis deadline = monotonic_now() + timeout_ms;
  HttpConnection connection = TRY(connection_to(url, timeout_ms, stop_descriptor));
  direct(call, url);
  return connection.request_head(call, std::max<Millis>(0, deadline - monotonic_now()));
}

Result<HttpAnswer> post_for_answer(
    const Url& url, HttpCall call, Millis timeout_ms, int stop_descriptor, std::size_t most_bytes
) {
  const Millis deadline = monotonic_now() + timeout_ms;
  HttpConnection connection = TRY(connection_to(url, timeout_ms, stop_descriptor));
  direct(call, url);
  return connection.request(call, std::max<Millis>(0, deadline - monotonic_now()), most_bytes);
}

std::string answer_line(const HttpAnswer& answer) {
  constexpr std::size_t longest = 200;
  std::string line = fmt::format("{} {}", answer.status, answer.reason);
  const std::string_view body = answer.body;
  const std::string_view said = body.substr(0, std::min(body.find_first_of("\r\n"), longest));
  if (!said.empty()) line += fmt::format(": {}", said);
  return line;
}

std::optional<Millis> retry_after_of(std::string_view value, Instant now) {
  std::int64_t seconds = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, failure] = std::from_chars(value.data(), end, seconds);
  if (failure == std::errc() && stop == end) {
    constexpr std::int64_t longest = limits::longest_duration / 1000;
    return seconds < 0 ? std::nullopt : std::optional(std::min(seconds, longest) * 1000);
  }
  std::tm date{};
  const char* const rest =
      ::strptime(std::string(value).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr) return std::nullopt;
  return std::max<Millis>(0, static_cast<Instant>(::timegm(&date)) * 1000 - now);
}

}  // namespace evener
