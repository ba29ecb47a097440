// One connection of the HTTP server: bytes in, requests to the handler, answers out. Internal to
// the server, since this header pulls in Asio and Beast.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http_parser.h"
#include "server/http_server.h"
#include "server/http_transport.h"
#include "server/http_wire.h"

namespace evener {

class HttpSession;

// The machine's monotonic clock.
Millis steady_now();

// What the sessions of one server share. It lives as long as the last of them.
struct HttpSessions : std::enable_shared_from_this<HttpSessions> {
  HttpSessions(boost::asio::io_context& loop, const HttpLimits& limits, HttpHandler handler);

  void add(std::shared_ptr<HttpSession> session);
  void remove(const HttpSession& session);

  // Ends the process on a thread that does not run the loop, while the loop runs.
  void check_thread() const;

  // Calls `notify` from the loop, unless the server is destroyed before.
  void post(std::function<void()> notify);

  boost::asio::io_context& loop;  // not to be touched once `is_destroyed`
  const HttpLimits limits;
  HttpHandler handler;
  HttpCounts counts = {};
  HttpDate date = {};
  std::vector<std::shared_ptr<HttpSession>> open = {};
  std::size_t open_under_tls = 0;
  std::function<void()> on_empty = {};  // the last session has left
  bool is_draining = false;
  bool is_destroyed = false;
};

// A request that is with the handler, or the stream that answers it. Invariant: while it is waiting
// or streaming, it and its session point at each other; after that neither does.
class HttpExchange {
 public:
  enum class State { waiting, streaming, complete, gone };

  HttpExchange(std::shared_ptr<HttpSessions> sessions, std::shared_ptr<HttpSession> session)
      : sessions_(std::move(sessions)), session_(std::move(session)) {}

  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;
  HttpExchange(HttpExchange&&) = delete;
  HttpExchange& operator=(HttpExchange&&) = delete;

  void send(HttpResponse response);
  void start_stream(
      std::string_view content_type, const std::vector<std::pair<std::string, std::string>>& headers
  );
  bool write(std::string_view bytes);
  void close_stream();

  // Its session ends before the answer does. Afterwards nothing sent has an effect.
  void lose();
  void notify_gone();
  void notify_when_gone(std::function<void()> notify);

  State state() const { return state_; }

  bool peer_is_gone() const;
  std::size_t queued_bytes() const;

 private:
  std::shared_ptr<HttpSessions> sessions_;
  std::shared_ptr<HttpSession> session_;
  State state_ = State::waiting;
  std::function<void()> on_gone_;
};

// Invariants: one read is pending whenever there is room for what it may bring, so that a peer's
// end is seen while its answer is still being made; the next request is not begun before the answer
// to the last is wholly queued; output is never reordered.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<HttpSessions> sessions, HttpTransport transport, Peer peer);

  void start();
  void start_refused();  // answers 503 before anything is read
  void sweep(Millis now);
  void begin_drain();
  void cut();  // closes at once

  // For the exchange in hand.
  void answer(HttpResponse response);
  void begin_stream(
      std::string_view content_type, const std::vector<std::pair<std::string, std::string>>& headers
  );
  void write_stream(std::string_view bytes);
  void end_stream();

  bool has_seen_end() const { return has_seen_end_; }

  bool is_under_tls() const { return peer_.is_tls; }

  // Neither closed nor through with the handshake of TLS.
  bool is_shaking_hands() const;

  std::size_t queued_bytes() const {
    return out_.size() - out_begin_ + tail_.size() - tail_begin_ + transport_.unsent();
  }

  std::size_t index = 0;  // its place in HttpSessions::open

 private:
  // idle: no byte of a request yet. waiting: the handler has the request. closing: all is said, and
  // the peer is given time to hear it before the socket is closed.
  enum class Phase { idle, head, body, waiting, streaming, closing, closed };

  void pump();
  void read_more();
  void on_read(const boost::system::error_code& failure, std::size_t bytes);
  void make_room();
  bool take_input();
  void head_is_complete();
  void dispatch();
  bool takes_this_request();
  void refuse(const HttpRefusal& refusal);
  void answer_is_queued();
  std::string_view connection_field() const;
  void flush();
  void drop_written(std::size_t bytes);
  void wait_until_writable();
  void half_close();

  // Enough waits to be sent that no further request is begun.
  bool is_backlogged() const;

  std::shared_ptr<HttpSessions> sessions_;
  HttpTransport transport_;
  Peer peer_;
  Phase phase_ = Phase::idle;
  std::optional<HttpParser> parser_;
  HttpExchange* exchange_ = nullptr;  // while waiting or streaming; it clears this when it ends

  // Input: in_[in_begin_, in_end_) has arrived and is not parsed.
  std::vector<char> in_;
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
  bool is_reading_ = false;
  bool has_seen_end_ = false;  // the peer will send no more

  // Output: out_ from out_begin_, then tail_ from tail_begin_. A large body travels as the tail,
  // without being copied.
  std::string out_;
  std::size_t out_begin_ = 0;
  std::string tail_;
  std::size_t tail_begin_ = 0;
  bool is_writing_ = false;

  bool is_pumping_ = false;
  bool is_last_request_ = false;  // the connection ends with the answer in hand

  // Of the request in hand.
  bool is_head_request_ = false;
  bool is_http_1_1_ = true;
  bool keeps_connection_ = true;

  Millis read_deadline_ = 0;   // of the phase; 0 is none
  Millis write_deadline_ = 0;  // while the peer takes nothing; 0 is none
  double request_tokens_;
  Millis tokens_counted_ = 0;
};

}  // namespace evener
