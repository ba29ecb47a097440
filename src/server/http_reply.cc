// The handles that a handler gets, and the exchange behind them.
#include <boost/asio/post.hpp>

#include "base/check.h"
#include "server/http_session.h"

namespace evener {

HttpSessions::HttpSessions(
    boost::asio::io_context& its_loop, const HttpLimits& its_limits, HttpHandler its_handler
)
    : loop(its_loop), limits(its_limits), handler(std::move(its_handler)) {}

void HttpSessions::add(std::shared_ptr<HttpSession> session) {
  session->index = open.size();
  if (session->is_under_tls()) ++open_under_tls;
  open.push_back(std::move(session));
}

void HttpSessions::remove(const HttpSession& session) {
  const std::size_t place = session.index;
  CHECK(
      place < open.size() && open[place].get() == &session, "a session leaves once, from its place"
  );
  std::swap(open[place], open.back());
  open[place]->index = place;
  open.pop_back();
  if (session.is_under_tls()) --open_under_tls;
  if (open.empty() && on_empty) on_empty();
}

void HttpSessions::post(std::function<void()> notify) {
  if (is_destroyed) return;
  boost::asio::post(loop, [self = shared_from_this(), call = std::move(notify)] {
    if (!self->is_destroyed) call();
  });
}

void HttpSessions::check_thread() const {
  CHECK(
      loop.get_executor().running_in_this_thread() || loop.stopped(),
      "replies and streams belong to the thread that runs the loop"
  );
}

HttpExchange::~HttpExchange() {
  if (state_ == State::streaming) {
    close_stream();
  } else if (state_ == State::waiting && session_->has_seen_end()) {
    session_->cut();
  } else if (state_ == State::waiting) {
    send(error_response(500, "internal", "this request was left without an answer"));
  }
}

void HttpExchange::send(HttpResponse response) {
  if (state_ == State::gone) return;
  sessions_->check_thread();
  CHECK(state_ == State::waiting, "a request is answered once");
  state_ = State::complete;
  on_gone_ = nullptr;
  std::exchange(session_, nullptr)->answer(std::move(response));
}

void HttpExchange::start_stream(
    std::string_view content_type, const std::vector<std::pair<std::string, std::string>>& headers
) {
  if (state_ == State::gone) return;
  sessions_->check_thread();
  CHECK(state_ == State::waiting, "a request is answered once");
  state_ = State::streaming;
  on_gone_ = nullptr;
  const std::shared_ptr<HttpSession> session = session_;
  session->begin_stream(content_type, headers);
}

bool HttpExchange::write(std::string_view bytes) {
  if (state_ != State::streaming) return false;
  sessions_->check_thread();
  const std::shared_ptr<HttpSession> session = session_;
  session->write_stream(bytes);
  return state_ == State::streaming;
}

void HttpExchange::close_stream() {
  if (state_ != State::streaming) return;
  state_ = State::complete;
  on_gone_ = nullptr;
  std::exchange(session_, nullptr)->end_stream();
}

void HttpExchange::lose() {
  state_ = State::gone;
  notify_gone();
  session_.reset();
}

void HttpExchange::notify_gone() {
  if (on_gone_) sessions_->post(std::exchange(on_gone_, nullptr));
}

void HttpExchange::notify_when_gone(std::function<void()> notify) {
  if (state_ == State::complete) return;
  on_gone_ = std::move(notify);
  if (peer_is_gone()) notify_gone();
}

bool HttpExchange::peer_is_gone() const {
  return state_ == State::gone || (session_ && session_->has_seen_end());
}

std::size_t HttpExchange::queued_bytes() const {
  return session_ ? session_->queued_bytes() : 0;
}

HttpReply::HttpReply(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}

void HttpReply::send(HttpResponse response) {
  exchange_->send(std::move(response));
}

HttpStream HttpReply::start_stream(
    std::string_view content_type, const std::vector<std::pair<std::string, std::string>>& headers
) {
  exchange_->start_stream(content_type, headers);
  return HttpStream(exchange_);
}

void HttpReply::on_disconnect(std::function<void()> notify) {
  exchange_->notify_when_gone(std::move(notify));
}

bool HttpReply::peer_is_gone() const {
  return exchange_->peer_is_gone();
}

HttpStream::HttpStream(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}

bool HttpStream::write(std::string_view bytes) {
  return exchange_->write(bytes);
}

void HttpStream::close() {
  exchange_->close_stream();
}

void HttpStream::on_close(std::function<void()> notify) {
  exchange_->notify_when_gone(std::move(notify));
}

bool HttpStream::is_open() const {
  return exchange_->state() == HttpExchange::State::streaming;
}

std::size_t HttpStream::queued_bytes() const {
  return exchange_->queued_bytes();
}

}  // namespace evener
