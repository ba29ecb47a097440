// A small HTTP/1.1 server on one thread: it reads requests, hands each to one handler, and carries
// the answer back, now or later. What the requests mean is the handler's business.
//
// Everything here belongs to the thread that runs the loop: the handler and all callbacks are
// called there, and replies and streams are used and dropped there. Other threads post to the loop.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/tls.h"
#include "server/http_message.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): Asio's
}

namespace evener {

// What one connection may cost. Times are kept by a sweep, and lapse up to a quarter (at most a
// second) late, never early.
struct HttpLimits {
  std::size_t max_body_bytes = 4UL * 1024 * 1024;  // above: 413
  std::size_t max_header_bytes = 16UL * 1024;      // request line and fields each; above: 431
  std::size_t max_connections = 16'384;            // above: 503 with Retry-After
  // Of them, those under TLS: strangers may open these, and leave the others room. Above: closed.
  std::size_t max_tls_connections = 12'288;
  // Handshakes of TLS under way; one more, and the oldest of them is cut, so that whoever stalls
  // keeps nobody out.
  std::size_t max_handshakes = 256;
  // Bytes that a stream's reader may be behind before its connection is cut.
  std::size_t max_stream_buffer_bytes = 1024UL * 1024;
  // Of one connection, with bursts of up to one second's worth; above: 429. 0 sets no limit.
  std::size_t requests_per_second = 20'000;

  Millis header_ms = 10'000;  // from the first byte of a request to the end of its header; then 408
  Millis body_ms = 30'000;    // from there to the end of its body; then 408
  Millis handshake_ms = 10'000;  // under TLS, from the connection to the first byte of a request
  Millis idle_ms = 75'000;       // without a request begun; then closed
  Millis write_ms = 30'000;      // without the peer taking a byte that waits for it; then closed
  Millis linger_ms = 1'000;      // for the peer to close after an answer that ends the connection
};

// What a server has seen since it began.
struct HttpCounts {
  std::uint64_t connections = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused_connections = 0;  // over max_connections
  std::uint64_t refused_requests = 0;     // malformed, too large, too slow or too many
  std::uint64_t failed_handshakes = 0;    // of TLS: refused, too slow, or no TLS at all
  std::uint64_t slow_streams = 0;         // cut because their reader was too far behind
};

class HttpExchange;

// A body sent piece by piece. Invariant: after the end, by whichever side, nothing more is sent and
// write() answers false. Copies are handles to one stream; dropping the last one closes it.
class HttpStream {
 public:
  explicit HttpStream(std::shared_ptr<HttpExchange> exchange);

  // Queues the bytes. False if the stream has ended, or ends now since its reader is too far
  // behind.
  bool write(std::string_view bytes);

  // Ends the body in good order, after what is queued. May be repeated.
  void close();

  // Calls `notify` once, from the loop and never from within write(), if the stream ends other than
  // by close(): the peer went away or was too slow, or the server stopped. A stream that is already
  // ended notifies as well.
  void on_close(std::function<void()> notify);

  bool is_open() const;
  std::size_t queued_bytes() const;

 private:
  std::shared_ptr<HttpExchange> exchange_;
};

// The duty to answer one request, exactly once, at any later time. Copies are handles to one duty.
// If the last one is dropped unanswered, the peer gets a 500.
class HttpReply {
 public:
  explicit HttpReply(std::shared_ptr<HttpExchange> exchange);

  // Does nothing if the peer has gone away.
  void send(HttpResponse response);

  // Answers 200 with a body that follows piece by piece. To a HEAD request the stream is ended.
  HttpStream start_stream(
      std::string_view content_type, const std::vector<std::pair<std::string, std::string>>& headers
  );

  // Calls `notify` once, from the loop and never from within this call, if the peer goes away
  // before it was answered (also if it already has). A peer that closes its sending side cannot be
  // told from one that left, and so is reported too; an answer still reaches it.
  void on_disconnect(std::function<void()> notify);

  bool peer_is_gone() const;

 private:
  std::shared_ptr<HttpExchange> exchange_;
};

using HttpHandler = std::function<void(HttpRequest&&, HttpReply)>;

// Invariant: a connection has at most one request with the handler; pipelined ones follow in order.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& loop, const HttpLimits& limits, HttpHandler handler);

  // Cuts every connection, without callbacks. On the loop's thread, or after the loop has ended and
  // before it is destroyed.
  ~HttpServer();

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  HttpServer(HttpServer&&) = delete;
  HttpServer& operator=(HttpServer&&) = delete;

  // A socket file that nobody listens on is replaced. Fails with `address_in_use` or
  // `cannot_listen`. The file is removed when the server stops accepting.
  Status listen_unix(const std::string& path, mode_t mode = 0600);

  // Answers the port, which is a free one for port 0. With a context, TLS is spoken there. Fails
  // with `address_in_use` or `cannot_listen`.
  Result<std::uint16_t> listen_tcp(
      const std::string& host, std::uint16_t port, std::optional<TlsContext> tls = std::nullopt
  );

  void stop_accepting();

  // Stops accepting, closes idle connections, ends streams, answers what has begun, then calls
  // `on_done` from the loop; whatever is left after `within_ms` is cut. Once.
  void drain(Millis within_ms, std::function<void()> on_done);

  std::size_t open_connections() const;
  const HttpCounts& counts() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace evener
