// The bytes of one connection, in the clear or under TLS, so that a session need not know which.
// Internal to the server, like the session's header.
#pragma once

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include "base/tls.h"

namespace evener {

// One socket type for TCP and for unix sockets, bound to its loop without type erasure.
using HttpSocket = boost::asio::basic_stream_socket<
    boost::asio::generic::stream_protocol,
    boost::asio::io_context::executor_type>;

// At most one read is under way, and its room and this outlive it.
class HttpTransport {
 public:
  using ErrorCode = boost::system::error_code;
  using Pieces = std::array<boost::asio::const_buffer, 2>;
  using Arrived = std::function<void(const ErrorCode& failure, std::size_t bytes)>;

  // In the clear, unless there is a context.
  HttpTransport(boost::asio::io_context& loop, HttpSocket socket, const TlsContext* tls);

  // Calls `arrived` later, from the loop, once bytes stand in `room`, or with the reason why none
  // will.
  template <typename Handler>
  void read(std::span<char> room, Handler arrived) {
    if (tls_) return read_tls(room, std::move(arrived));
    socket_.async_read_some(boost::asio::buffer(room.data(), room.size()), std::move(arrived));
  }

  // Takes as many bytes of the pieces as it can now, and says how many; or `would_block`.
  std::size_t write_some(const Pieces& pieces, ErrorCode& failure) {
    if (tls_) return write_tls(pieces, failure);
    if (pieces[1].size() > 0) return socket_.write_some(pieces, failure);
    return socket_.write_some(pieces[0], failure);  // costs the kernel less
  }

  template <typename Handler>
  void wait_until_writable(Handler writable) {
    socket_.async_wait(HttpSocket::wait_write, std::move(writable));
  }

  // Bytes that write_some() took and the socket did not yet.
  std::size_t unsent() const { return tls_ ? tls_->unsent().size() : 0; }

  // Whether requests can be read: at once, or after the handshake.
  bool is_established() const { return !tls_ || tls_->is_open(); }

  // Where TLS was expected, the peer speaks HTTP in the clear. It may be told so.
  bool spoke_plainly() const { return spoke_plainly_; }

  // Whether bytes wait that no read has told of.
  bool has_input();

  // Nothing more is written.
  void end_writing();

  void close();

 private:
  void read_tls(std::span<char> room, Arrived arrived);
  void wait_tls(std::span<char> room, Arrived arrived);
  ErrorCode receive();
  bool send_unsent(ErrorCode& failure);
  std::size_t write_tls(const Pieces& pieces, ErrorCode& failure);

  boost::asio::io_context& loop_;
  HttpSocket socket_;
  std::optional<TlsSession> tls_;
  bool has_begun_ = false;  // a byte of the handshake has come
  bool spoke_plainly_ = false;
  std::size_t told_later_ = 0;  // bytes in the room of a read, of which it was not told yet
};

}  // namespace evener
