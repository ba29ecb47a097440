#include "server/http_transport.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <tuple>

namespace evener {
namespace {

namespace asio = boost::asio;

constexpr std::size_t wire_bytes = 16UL * 1024;
constexpr std::size_t encrypted_at_once = 64UL * 1024;

// Of the record with which every TLS connection begins.
constexpr char handshake_record = 0x16;

}  // namespace

HttpTransport::HttpTransport(asio::io_context& loop, HttpSocket socket, const TlsContext* tls)
    : loop_(loop), socket_(std::move(socket)) {
  if (tls != nullptr) tls_.emplace(tls->begin());
}

// Bytes that came with earlier ones may wait decrypted: no readiness of the socket tells of them.
void HttpTransport::read_tls(std::span<char> room, Arrived arrived) {
  told_later_ = tls_->read(room);
  ErrorCode failure;
  if (tls_->failure()) failure = asio::error::connection_aborted;
  if (tls_->has_seen_end()) failure = asio::error::eof;
  if (told_later_ == 0 && !failure) return wait_tls(room, std::move(arrived));
  if (told_later_ > 0) failure = {};
  asio::post(loop_, [this, failure, arrived = std::move(arrived)] {
    arrived(failure, std::exchange(told_later_, 0));
  });
}

// What is to be sent goes first: it may be what the peer's handshake waits for.
void HttpTransport::wait_tls(std::span<char> room, Arrived arrived) {
  ErrorCode failure;
  const bool is_sent = send_unsent(failure);
  const bool waits_to_send = !is_sent && !failure && !tls_->is_open();
  socket_.async_wait(
      waits_to_send ? HttpSocket::wait_write : HttpSocket::wait_read,
      [this, room, waits_to_send, next = std::move(arrived)](const ErrorCode& problem) mutable {
        ErrorCode ended = problem;
        if (!ended && !waits_to_send) ended = receive();
        if (ended) return next(ended, 0);
        const std::size_t bytes = tls_->read(room);
        if (bytes > 0) return next(ended, bytes);
        read_tls(room, std::move(next));
      }
  );
}

// Takes what the wire has. An end without TLS's own cuts nothing off: a request says its length.
HttpTransport::ErrorCode HttpTransport::receive() {
  std::array<char, wire_bytes> wire;
  ErrorCode failure;
  const std::size_t bytes = socket_.read_some(asio::buffer(wire), failure);
  if (failure == asio::error::would_block) return {};
  if (failure) return failure;
  if (!std::exchange(has_begun_, true) && wire.front() != handshake_record) {
    spoke_plainly_ = true;
    tls_.reset();
    return asio::error::connection_aborted;
  }
  tls_->receive({wire.data(), bytes});
  if (tls_->failure()) {
    send_unsent(failure);  // the alert that says why
    return asio::error::connection_aborted;
  }
  return {};
}

// False if the socket takes no more now.
bool HttpTransport::send_unsent(ErrorCode& failure) {
  while (!tls_->unsent().empty()) {
    const std::string_view rest = tls_->unsent();
    const std::size_t sent = socket_.write_some(asio::buffer(rest.data(), rest.size()), failure);
    if (failure == asio::error::would_block) {
      failure = {};
      return false;
    }
    if (failure) return false;
    tls_->sent(sent);
  }
  return true;
}

std::size_t HttpTransport::write_tls(const Pieces& pieces, ErrorCode& failure) {
  if (!tls_->is_open()) {
    failure = asio::error::connection_aborted;
    return 0;
  }
  const std::size_t before = unsent();
  if (!send_unsent(failure)) {
    if (!failure && unsent() == before) failure = asio::error::would_block;
    return 0;
  }
  const asio::const_buffer& piece = pieces[0].size() > 0 ? pieces[0] : pieces[1];
  const std::size_t taken = std::min(piece.size(), encrypted_at_once);
  tls_->write({static_cast<const char*>(piece.data()), taken});
  if (tls_->failure()) {
    failure = asio::error::connection_aborted;
    return 0;
  }
  send_unsent(failure);
  return taken;
}

bool HttpTransport::has_input() {
  ErrorCode ignored;
  return told_later_ > 0 || socket_.available(ignored) > 0;
}

void HttpTransport::end_writing() {
  ErrorCode ignored;
  if (tls_) {
    tls_->finish();
    send_unsent(ignored);
  }
  std::ignore = socket_.shutdown(HttpSocket::shutdown_send, ignored);
}

void HttpTransport::close() {
  ErrorCode ignored;
  std::ignore = socket_.close(ignored);
}

}  // namespace evener
