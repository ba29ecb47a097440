// One HTTP/1.1 connection of a client: blocking, kept alive between requests, and light enough for
// a command that lives for ten milliseconds.
//
// It never reconnects or repeats by itself: the server behind an address may be another one by now,
// and must be checked before it is shown a token; and only the caller knows whether a request may
// be repeated. What the caller needs for that is in the error:
//   unreachable               no connection could be made; nothing was sent
//   wrong_certificate, untrusted_certificate, no_tls, tls_failed
//                             likewise: somebody answers, but not as TLS wants it
//   connection_closed_unsent  the server cannot have acted on the request; it may be sent again
//   reply_lost                the connection ended after the request went out: it may have been
//                             acted on
//   timeout                   no answer in time: likewise
//   interrupted               the stop descriptor became readable: likewise
//   connection_lost           a stream broke off
//   bad_reply                 what came back is not HTTP, or larger than this client takes
// After any of them the connection is closed.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "base/tls.h"

namespace evener {

// A request. Host, Content-Length and Connection are written by the connection.
struct HttpCall {
  std::string method = "GET";
  std::string target = "/";  // as it goes on the wire: see base/percent.h
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct HttpAnswer {
  int status = 0;
  std::string reason = {};  // as the server put it
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};

  // The first value under that name, in any case of letters; empty if there is none.
  std::string_view header(std::string_view name) const;
};

// What the Host field says: the port that the scheme means anyhow is left out.
std::string host_field(const Endpoint& endpoint);

// Invariant: while it is open, no byte of an earlier answer is outstanding.
class HttpConnection {
 public:
  static constexpr std::size_t most_answer_bytes = std::size_t{256} * 1024 * 1024;

  // While a call waits, it ends with `interrupted` as soon as `stop_descriptor` is readable; -1 is
  // none. The descriptor is only watched, and must stay open. Speaks TLS if there is a context.
  // Fails with `unreachable` (also if it takes longer than `timeout_ms`), `interrupted` or the
  // codes of TLS.
  static Result<HttpConnection> connect(
      const Endpoint& endpoint,
      Millis timeout_ms,
      int stop_descriptor = -1,
      const TlsContext* tls = nullptr
  );

  HttpConnection(HttpConnection&& other) noexcept;
  HttpConnection& operator=(HttpConnection&& other) noexcept;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection();

  // Sends the request and waits for the whole answer, at most `timeout_ms` for both together. Any
  // status is an answer. A body above `most_bytes` is no answer: `bad_reply`.
  Result<HttpAnswer> request(
      const HttpCall& call, Millis timeout_ms, std::size_t most_bytes = most_answer_bytes
  );

  // Hands the body of a 2xx answer to `on_bytes`, piece by piece as it arrives, until the server
  // ends it or `on_bytes` answers false; the latter closes the connection. Another status is
  // answered whole, like request(). Fails with `timeout` if nothing arrives for `idle_ms`.
  using OnBytes = std::function<bool(std::string_view)>;
  Result<HttpAnswer> stream(const HttpCall& call, const OnBytes& on_bytes, Millis idle_ms);

  // Like request(), but the head is what counts: once it has come, the answer is good, also if of
  // its body no more than `head_body_bytes` came, or the rest never does. The connection is closed.
  static constexpr std::size_t head_body_bytes = 4096;
  Result<HttpAnswer> request_head(const HttpCall& call, Millis timeout_ms);

  // False once the connection has ended, as far as is known without asking.
  bool is_open() const { return descriptor_ >= 0; }

  // Replaces the descriptor given to connect(); -1 is none. For the calls that tidy up after a
  // stop.
  void watch_stop(int stop_descriptor) { stop_descriptor_ = stop_descriptor; }

 private:
  HttpConnection(int descriptor, std::string host, int stop_descriptor)
      : descriptor_(descriptor), host_(std::move(host)), stop_descriptor_(stop_descriptor) {}

  // What came from the wire: `end` is the peer's last word, in good order or not.
  enum class Arrival { nothing, bytes, end };

  Status shake_hands(const Endpoint& endpoint, Millis deadline);
  void send_unsent();
  Result<Arrival> receive_into(std::string& received);

  struct Progress;
  Result<HttpAnswer> perform(Progress progress);
  Status exchange(Progress& progress);
  Status check_idle(Progress& progress);
  void send_some(Progress& progress);
  Status receive_some(Progress& progress);
  static Status parse(Progress& progress);
  static Error lost(const Progress& progress, std::string_view how);
  void close();

  int descriptor_ = -1;
  std::string host_;  // of the Host field
  std::optional<TlsSession> tls_;
  int stop_descriptor_ = -1;
};

}  // namespace evener
