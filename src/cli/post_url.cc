#include "cli/post_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <ctime>

#include "base/socket_address.h"
#include "cli/post_line.h"
#include "model/limits.h"

namespace evener {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t max_head_bytes = 64 * 1024;
constexpr std::uint64_t max_body_bytes = 64 * 1024;
constexpr Millis body_patience_ms = 2000;  // behind a head that has said everything
constexpr int longest_line_shown = 200;

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

std::string_view first_line(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  return line.substr(0, longest_line_shown);
}

using Parser = http::response_parser<http::string_body>;

void prepare(std::optional<Parser>& parser) {
  parser.emplace();
  parser->header_limit(max_head_bytes);
  parser->body_limit(max_body_bytes);
  parser->eager(true);
}

// Feeds what has arrived; what is left in `received` waits for more.
Status parse_some(std::optional<Parser>& parser, std::string& received) {
  while (!received.empty() && !parser->is_done()) {
    boost::beast::error_code failure;
    const std::size_t taken =
        parser->put(boost::asio::const_buffer(received.data(), received.size()), failure);
    received.erase(0, taken);
    if (failure == http::error::need_more) return Done{};
    if (failure) return Error{"bad_reply", "what came back is no HTTP: " + failure.message()};
    if (parser->is_done() && parser->get().result_int() / 100 == 1) prepare(parser);
  }
  return Done{};
}

// The head is what counts; the rest is only read so that the server can finish in peace.
Result<PostAnswer> receive(PostLine& line) {
  std::optional<Parser> parser;
  prepare(parser);
  std::string received;
  Status status = Done{};
  while (status.ok() && !parser->is_done()) {
    const Result<bool> more = line.receive(received);
    if (!more.ok()) {
      status = more.error();
    } else if (!*more) {
      status = Error{"reply_lost", "the connection ended before its answer was complete"};
    } else {
      const bool had_head = parser->is_header_done();
      status = parse_some(parser, received);
      if (!had_head && parser->is_header_done()) line.hurry(body_patience_ms);
    }
  }
  if (!parser->is_header_done()) return status.error();
  const auto& message = parser->get();
  const auto view = [](auto text) { return std::string_view(text.data(), text.size()); };
  PostAnswer answer{.status = static_cast<int>(message.result_int())};
  answer.reason = view(message.reason());
  answer.retry_after = view(message[http::field::retry_after]);
  if (const std::string_view said = first_line(message.body()); !said.empty()) {
    answer.reason += fmt::format(": {}", said);
  }
  return answer;
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (is_tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view plain = "http://";
  constexpr std::string_view secure = "https://";
  Url url;
  url.is_tls = text.starts_with(secure);
  if (!url.is_tls && !text.starts_with(plain)) return bad_url(text, "a scheme that is not http");
  if (std::ranges::any_of(text, must_be_escaped)) {
    return bad_url(text, "a character that must be escaped");
  }
  if (text.find('#') != std::string_view::npos) return bad_url(text, "a fragment");
  const std::string_view rest = text.substr(url.is_tls ? secure.size() : plain.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    return bad_url(
        authority.substr(at), "a name or password; a secret belongs into a file, --secret-file"
    );
  }
  url.target = rest.substr(authority.size());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  const std::size_t bracket = authority.rfind(']');
  const bool has_port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket) !=
                        std::string_view::npos;
  const Endpoint endpoint = TRY(parse_endpoint(
      has_port ? std::string(authority) : fmt::format("{}:{}", authority, url.is_tls ? 443 : 80)
  ));
  if (endpoint.port == 0) return bad_url(text, "port 0");
  url.host = endpoint.host;
  url.port = endpoint.port;
  return url;
}

Result<PostAnswer> post_to(
    const Url& url, const PostCall& call, Millis timeout_ms, int stop_descriptor
) {
  std::string wire = fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\n", url.target, url.authority());
  for (const auto& [name, value] : call.headers) wire += fmt::format("{}: {}\r\n", name, value);
  wire += fmt::format("Content-Length: {}\r\nConnection: close\r\n\r\n", call.body.size());
  wire += call.body;
  const std::unique_ptr<PostLine> line = TRY(PostLine::open(url, timeout_ms, stop_descriptor));
  // A server that takes no more may have said why.
  const Status sent = line->send(wire);
  if (!sent.ok() && sent.error().code != "reply_lost") return sent.error();
  return receive(*line);
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
