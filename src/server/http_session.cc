#include "server/http_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <tuple>

#include "base/check.h"
#include "server/http_target.h"

namespace evener {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t first_input_bytes = 4UL * 1024;
constexpr std::size_t body_input_bytes = 64UL * 1024;
constexpr std::size_t max_copied_body = 16UL * 1024;  // a larger one is sent from where it lies
constexpr std::size_t max_backlog = 64UL * 1024;

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

HttpResponse overload_response(int status, std::string_view code, std::string_view message) {
  HttpResponse response = error_response(status, code, message);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

Millis steady_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

HttpSession::HttpSession(std::shared_ptr<HttpSessions> sessions, HttpTransport transport, Peer peer)
    : sessions_(std::move(sessions)),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      in_(first_input_bytes),
      request_tokens_(static_cast<double>(sessions_->limits.requests_per_second)) {}

void HttpSession::start() {
  const HttpLimits& limits = sessions_->limits;
  read_deadline_ = steady_now() + (is_under_tls() ? limits.handshake_ms : limits.idle_ms);
  read_more();
}

bool HttpSession::is_shaking_hands() const {
  return phase_ != Phase::closed && !transport_.is_established();
}

void HttpSession::start_refused() {
  ++sessions_->counts.refused_connections;
  is_last_request_ = true;
  answer(overload_response(503, "overloaded", "this server has all the connections it takes"));
}

void HttpSession::sweep(Millis now) {
  // Whole milliseconds: only past the deadline's own has all of the time gone by.
  if (write_deadline_ != 0 && now > write_deadline_) return cut();
  if (read_deadline_ == 0 || now <= read_deadline_) return;
  if (phase_ == Phase::head || phase_ == Phase::body) {
    return refuse({408, "request_timeout", "the request did not arrive in time"});
  }
  if (phase_ == Phase::closing || queued_bytes() == 0) cut();
}

void HttpSession::begin_drain() {
  if (phase_ == Phase::streaming) {
    const auto self = shared_from_this();
    exchange_->lose();
    return end_stream();
  }
  if (phase_ != Phase::idle) return;
  if (queued_bytes() != 0) {
    is_last_request_ = true;
    return;
  }
  // A request that has reached this machine is still answered.
  if (in_begin_ == in_end_ && !transport_.has_input()) cut();
}

void HttpSession::cut() {
  if (phase_ == Phase::closed) return;
  const auto self = shared_from_this();
  if (is_shaking_hands()) ++sessions_->counts.failed_handshakes;
  phase_ = Phase::closed;
  transport_.close();
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->lose();
  sessions_->remove(*this);
}

// The one place where a session moves on: parses what has arrived, sends what is queued, and asks
// for more. The calls from within the handler return at once; the pump that called it goes on.
void HttpSession::pump() {
  if (is_pumping_ || phase_ == Phase::closed) return;
  const auto self = shared_from_this();
  is_pumping_ = true;
  bool was_backlogged = false;
  do {
    while (take_input()) {
    }
    was_backlogged = is_backlogged();
    flush();
  } while (was_backlogged && !is_backlogged() && phase_ != Phase::closed);
  is_pumping_ = false;
  if (phase_ == Phase::streaming && queued_bytes() > sessions_->limits.max_stream_buffer_bytes) {
    ++sessions_->counts.slow_streams;
    return cut();
  }
  read_more();
}

void HttpSession::read_more() {
  if (is_reading_ || has_seen_end_ || phase_ == Phase::closed) return;
  make_room();
  if (in_end_ == in_.size()) return;
  is_reading_ = true;
  transport_.read(
      {in_.data() + in_end_, in_.size() - in_end_},
      [self = shared_from_this()](const ErrorCode& failure, std::size_t bytes) {
        self->on_read(failure, bytes);
      }
  );
}

void HttpSession::on_read(const ErrorCode& failure, std::size_t bytes) {
  is_reading_ = false;
  if (phase_ == Phase::closed) return;
  if (transport_.spoke_plainly() && !is_last_request_) {
    ++sessions_->counts.failed_handshakes;
    return refuse({400, "needs_tls", "this address speaks TLS: ask https:// instead of http://"});
  }
  if (failure && failure != asio::error::eof) return cut();
  has_seen_end_ = failure == asio::error::eof;
  in_end_ += bytes;
  if (phase_ == Phase::closing) {
    in_begin_ = in_end_ = 0;
    return has_seen_end_ ? cut() : read_more();
  }
  if (has_seen_end_ && phase_ == Phase::streaming) return cut();
  if (has_seen_end_ && phase_ == Phase::waiting) exchange_->notify_gone();
  pump();
}

// Only between reads, since a pending one writes behind in_end_.
void HttpSession::make_room() {
  if (in_begin_ == in_end_) {
    in_begin_ = in_end_ = 0;
  } else if (in_end_ == in_.size() && in_begin_ > 0) {
    std::copy(
        in_.begin() + static_cast<std::ptrdiff_t>(in_begin_),
        in_.begin() + static_cast<std::ptrdiff_t>(in_end_),
        in_.begin()
    );
    in_end_ -= std::exchange(in_begin_, 0);
  }
  std::size_t wanted = first_input_bytes;
  if (phase_ == Phase::body) wanted = body_input_bytes;
  if (phase_ == Phase::head && in_end_ == in_.size()) {
    wanted =
        std::min(in_.size() * 2, std::max(sessions_->limits.max_header_bytes, first_input_bytes));
  }
  if (wanted > in_.size()) {
    in_.resize(wanted);
  } else if (wanted < in_.size() && in_end_ == 0) {
    in_ = std::vector<char>(wanted);
  }
}

bool HttpSession::is_backlogged() const {
  return queued_bytes() > max_backlog || tail_begin_ < tail_.size();
}

// Offers the parser what has arrived. True if a request came out of it, so that another may follow.
bool HttpSession::take_input() {
  const bool is_ready = phase_ == Phase::idle || phase_ == Phase::head || phase_ == Phase::body;
  if (!is_ready || is_last_request_ || is_backlogged()) return false;
  // Empty lines before a request are allowed by RFC 9112, section 2.2.
  while (phase_ == Phase::idle && in_begin_ < in_end_ &&
         (in_[in_begin_] == '\r' || in_[in_begin_] == '\n')) {
    ++in_begin_;
  }
  if (in_begin_ < in_end_) {
    if (phase_ == Phase::idle) {
      const HttpLimits& limits = sessions_->limits;
      parser_.emplace(limits.max_header_bytes, limits.max_body_bytes);
      phase_ = Phase::head;
      is_head_request_ = false;
      read_deadline_ = steady_now() + limits.header_ms;
    }
    in_begin_ += parser_->take({in_.data() + in_begin_, in_end_ - in_begin_});
    if (parser_->refusal()) {
      refuse(*parser_->refusal());
      return false;
    }
    if (parser_->is_complete()) {
      dispatch();
      return true;
    }
    if (phase_ == Phase::head && parser_->head_is_complete()) head_is_complete();
  }
  if (has_seen_end_) {
    is_last_request_ = true;  // what is left of a request will never be whole
    phase_ = Phase::idle;
  } else if (phase_ == Phase::head &&
             in_end_ - in_begin_ >=
                 std::max(sessions_->limits.max_header_bytes, first_input_bytes)) {
    refuse({431, "header_too_large", "the request's header is larger than this server takes"});
  } else if (phase_ == Phase::body && in_end_ - in_begin_ >= body_input_bytes) {
    refuse({400, "bad_request", "the chunked body is malformed"});
  }
  return false;
}

void HttpSession::head_is_complete() {
  phase_ = Phase::body;
  read_deadline_ = steady_now() + sessions_->limits.body_ms;
  if (parser_->expects_continue()) out_ += continue_line;
}

// The one token bucket of the connection.
bool HttpSession::takes_this_request() {
  const auto rate = static_cast<double>(sessions_->limits.requests_per_second);
  if (rate == 0) return true;
  const Millis now = steady_now();
  const double gained = static_cast<double>(now - tokens_counted_) * rate / 1000;
  request_tokens_ = std::min(rate, request_tokens_ + gained);
  tokens_counted_ = now;
  if (request_tokens_ < 1) return false;
  request_tokens_ -= 1;
  return true;
}

void HttpSession::dispatch() {
  phase_ = Phase::waiting;
  read_deadline_ = 0;
  keeps_connection_ = parser_->keeps_connection();
  is_http_1_1_ = parser_->is_http_1_1();
  HttpRequest request = parser_->release();
  is_head_request_ = request.method == "HEAD";
  ++sessions_->counts.requests;
  if (!takes_this_request()) {
    ++sessions_->counts.refused_requests;
    return answer(overload_response(429, "rate_limited", "this connection asks too often"));
  }
  Result<HttpTarget> target = parse_target(request.target);
  if (!target.ok()) return refuse({400, target.error().code, target.error().message});
  if (!target->authority.empty() && target->authority != request.header("Host")) {
    return refuse({400, "bad_request", "the target names another host than the Host field"});
  }
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.peer = peer_;
  auto exchange = std::make_shared<HttpExchange>(sessions_, shared_from_this());
  exchange_ = exchange.get();
  sessions_->handler(std::move(request), HttpReply(std::move(exchange)));
}

// What follows a request that cannot be read cannot be read either.
void HttpSession::refuse(const HttpRefusal& refusal) {
  ++sessions_->counts.refused_requests;
  is_last_request_ = true;
  answer(error_response(refusal.status, refusal.code, refusal.message));
}

std::string_view HttpSession::connection_field() const {
  if (is_last_request_) return "close";
  return is_http_1_1_ ? "" : "keep-alive";
}

void HttpSession::answer(HttpResponse response) {
  exchange_ = nullptr;
  is_last_request_ = is_last_request_ || !keeps_connection_ || sessions_->is_draining;
  const bool has_body = !has_no_body(response.status);
  append_head(
      out_,
      {.status = response.status,
       .content_type = response.content_type,
       .content_length = has_body ? std::optional(response.body.size()) : std::nullopt,
       .connection = connection_field(),
       .date = sessions_->date.now(),
       .headers = response.headers}
  );
  if (has_body && !is_head_request_) {
    if (response.body.size() <= max_copied_body) {
      out_ += response.body;
    } else {
      tail_ = std::move(response.body);
      tail_begin_ = 0;
    }
  }
  answer_is_queued();
}

void HttpSession::answer_is_queued() {
  parser_.reset();
  phase_ = Phase::idle;
  read_deadline_ = steady_now() + sessions_->limits.idle_ms;
  pump();
}

void HttpSession::begin_stream(
    std::string_view content_type, const std::vector<std::pair<std::string, std::string>>& headers
) {
  // An HTTP/1.0 body without a length ends with its connection.
  is_last_request_ =
      is_last_request_ || !keeps_connection_ || !is_http_1_1_ || sessions_->is_draining;
  append_head(
      out_,
      {.status = 200,
       .content_type = content_type,
       .is_chunked = is_http_1_1_,
       .connection = connection_field(),
       .date = sessions_->date.now(),
       .headers = headers}
  );
  phase_ = Phase::streaming;
  if (is_head_request_) {
    std::exchange(exchange_, nullptr)->lose();
    return answer_is_queued();
  }
  pump();
}

void HttpSession::write_stream(std::string_view bytes) {
  if (bytes.empty()) return;
  if (is_http_1_1_) {
    append_chunk(out_, bytes);
  } else {
    out_ += bytes;
  }
  pump();
}

void HttpSession::end_stream() {
  exchange_ = nullptr;
  if (is_http_1_1_) out_ += last_chunk;
  is_last_request_ = is_last_request_ || sessions_->is_draining;
  answer_is_queued();
}

// Sends what the socket takes now; the rest follows when it takes more.
void HttpSession::flush() {
  if (is_writing_ || phase_ == Phase::closed) return;
  while (queued_bytes() > 0) {
    const std::array<asio::const_buffer, 2> pieces = {
        asio::buffer(out_.data() + out_begin_, out_.size() - out_begin_),
        asio::buffer(tail_.data() + tail_begin_, tail_.size() - tail_begin_)
    };
    ErrorCode failure;
    const std::size_t sent = transport_.write_some(pieces, failure);
    if (failure == asio::error::would_block) return wait_until_writable();
    if (failure) return cut();
    drop_written(sent);
  }
  write_deadline_ = 0;
  if (is_last_request_ && phase_ == Phase::idle) half_close();
}

void HttpSession::drop_written(std::size_t bytes) {
  write_deadline_ = 0;
  const std::size_t of_out = std::min(bytes, out_.size() - out_begin_);
  out_begin_ += of_out;
  tail_begin_ += bytes - of_out;
  if (out_begin_ == out_.size()) {
    out_.clear();
    if (out_.capacity() > max_backlog) out_.shrink_to_fit();
    out_begin_ = 0;
  } else if (out_begin_ > max_backlog) {
    out_.erase(0, std::exchange(out_begin_, 0));
  }
  if (tail_begin_ == tail_.size()) {
    tail_ = {};
    tail_begin_ = 0;
  }
}

void HttpSession::wait_until_writable() {
  is_writing_ = true;
  if (write_deadline_ == 0) write_deadline_ = steady_now() + sessions_->limits.write_ms;
  transport_.wait_until_writable([self = shared_from_this()](const ErrorCode& failure) {
    self->is_writing_ = false;
    if (self->phase_ == Phase::closed) return;
    if (failure) return self->cut();
    self->pump();
  });
}

// Says "no more" and waits for the peer to say so too: to close with its bytes unread would reset
// the connection, and the peer might never see the answer.
void HttpSession::half_close() {
  transport_.end_writing();
  if (has_seen_end_) return cut();
  phase_ = Phase::closing;
  read_deadline_ = steady_now() + sessions_->limits.linger_ms;
  if (!is_reading_) in_begin_ = in_end_ = 0;
}

}  // namespace evener
