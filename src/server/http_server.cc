#include "server/http_server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <tuple>

#include "base/check.h"
#include "server/http_listener.h"
#include "server/http_session.h"

namespace evener {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr Millis max_sweep_ms = 1000;
constexpr Millis min_sweep_ms = 10;

// So many of one listener's connections are accepted before the others have their turn.
constexpr int accepted_at_once = 64;

// So many connections beyond the limit are told so; any more are closed without a word.
constexpr std::size_t max_refused_at_once = 64;

Millis sweep_period(const HttpLimits& limits) {
  const Millis shortest = std::min(
      {limits.header_ms,
       limits.body_ms,
       limits.handshake_ms,
       limits.idle_ms,
       limits.write_ms,
       limits.linger_ms}
  );
  return std::clamp(shortest / 4, min_sweep_ms, max_sweep_ms);
}

struct Listener {
  asio::posix::stream_descriptor descriptor;
  std::optional<TlsContext> tls = std::nullopt;
  std::string unix_path = {};  // of a unix socket
  UnixListener unix_file = {};
  bool is_paused = false;  // until the next sweep, for want of descriptors
};

}  // namespace

struct HttpServer::Parts : std::enable_shared_from_this<HttpServer::Parts> {
  Parts(asio::io_context& loop, const HttpLimits& limits, HttpHandler handler)
      : sessions(std::make_shared<HttpSessions>(loop, limits, std::move(handler))),
        sweep_timer(loop),
        drain_timer(loop) {}

  void listen(Listener listener);
  void accept_when_ready(const std::shared_ptr<Listener>& listener);
  void accept_waiting(const std::shared_ptr<Listener>& listener);
  void begin_session(Accepted accepted, const std::optional<TlsContext>& tls);
  bool has_room_for_tls();
  void sweep_later();
  void sweep();
  void stop_accepting();
  void cut_all();
  void finish_drain();

  std::shared_ptr<HttpSessions> sessions;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::deque<std::weak_ptr<HttpSession>> handshakes;  // oldest first; also some that are over
  asio::steady_timer sweep_timer;
  bool will_sweep = false;
  asio::steady_timer drain_timer;
  std::function<void()> on_drained;
};

void HttpServer::Parts::listen(Listener listener) {
  listeners.push_back(std::make_shared<Listener>(std::move(listener)));
  accept_when_ready(listeners.back());
}

void HttpServer::Parts::accept_when_ready(const std::shared_ptr<Listener>& listener) {
  listener->descriptor.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [self = shared_from_this(), listener](const ErrorCode& failure) {
        if (!failure && listener->descriptor.is_open()) self->accept_waiting(listener);
      }
  );
}

void HttpServer::Parts::accept_waiting(const std::shared_ptr<Listener>& listener) {
  for (int i = 0; i < accepted_at_once; ++i) {
    AcceptResult next = accept_connection(listener->descriptor.native_handle());
    if (!next.connection) {
      listener->is_paused = next.failure == AcceptFailure::out_of_descriptors;
      break;
    }
    begin_session(std::move(*next.connection), listener->tls);
  }
  if (listener->is_paused) return sweep_later();
  accept_when_ready(listener);
}

// Makes room for one more handshake.
bool HttpServer::Parts::has_room_for_tls() {
  const HttpLimits& limits = sessions->limits;
  if (sessions->open_under_tls >= limits.max_tls_connections) return false;
  if (handshakes.size() < limits.max_handshakes) return true;
  std::erase_if(handshakes, [](const std::weak_ptr<HttpSession>& known) {
    const std::shared_ptr<HttpSession> session = known.lock();
    return session == nullptr || !session->is_shaking_hands();
  });
  while (handshakes.size() >= limits.max_handshakes) {
    if (const auto oldest = handshakes.front().lock()) oldest->cut();
    handshakes.pop_front();
  }
  return true;
}

void HttpServer::Parts::begin_session(Accepted accepted, const std::optional<TlsContext>& tls) {
  ++sessions->counts.connections;
  const bool is_unix = accepted.peer.unix_socket;
  HttpSocket socket(sessions->loop);
  ErrorCode failure;
  // The protocol is a formality: everything that follows is the same for both families.
  const asio::generic::stream_protocol protocol(is_unix ? AF_UNIX : AF_INET, 0);
  if (socket.assign(protocol, accepted.descriptor, failure)) {
    ::close(accepted.descriptor);
    return;
  }
  if (socket.non_blocking(true, failure)) return;
  const std::size_t open = sessions->open.size();
  // Under TLS nobody is told why: that would take a handshake.
  const std::size_t most = sessions->limits.max_connections + (tls ? 0 : max_refused_at_once);
  if (open >= most || (tls && !has_room_for_tls())) {
    ++sessions->counts.refused_connections;
    return;
  }
  accepted.peer.is_tls = tls.has_value();
  auto session = std::make_shared<HttpSession>(
      sessions,
      HttpTransport(sessions->loop, std::move(socket), tls ? &*tls : nullptr),
      std::move(accepted.peer)
  );
  sessions->add(session);
  if (tls) handshakes.push_back(session);
  sweep_later();
  if (open >= sessions->limits.max_connections) {
    session->start_refused();
  } else {
    session->start();
  }
}

// Nothing is swept while there is nobody: an idle server does not wake.
void HttpServer::Parts::sweep_later() {
  if (will_sweep) return;
  will_sweep = true;
  sweep_timer.expires_after(std::chrono::milliseconds(sweep_period(sessions->limits)));
  sweep_timer.async_wait([self = shared_from_this()](const ErrorCode& failure) {
    self->will_sweep = false;
    if (!failure && !self->sessions->is_destroyed) self->sweep();
  });
}

void HttpServer::Parts::sweep() {
  const Millis now = steady_now();
  // Backwards, since a session that leaves has its place taken by the last.
  for (std::size_t i = sessions->open.size(); i-- > 0;) {
    if (i < sessions->open.size()) std::shared_ptr(sessions->open[i])->sweep(now);
  }
  for (const std::shared_ptr<Listener>& listener : std::vector(listeners)) {
    if (std::exchange(listener->is_paused, false)) accept_waiting(listener);
  }
  if (!sessions->open.empty()) sweep_later();
}

void HttpServer::Parts::stop_accepting() {
  for (const std::shared_ptr<Listener>& listener : listeners) {
    if (!listener->unix_path.empty())
      remove_unix_listener(listener->unix_path, listener->unix_file);
    ErrorCode ignored;
    std::ignore = listener->descriptor.close(ignored);
  }
  listeners.clear();
}

void HttpServer::Parts::cut_all() {
  for (const std::shared_ptr<HttpSession>& session : std::vector(sessions->open)) session->cut();
}

void HttpServer::Parts::finish_drain() {
  drain_timer.cancel();
  if (on_drained) sessions->post(std::exchange(on_drained, nullptr));
}

HttpServer::HttpServer(asio::io_context& loop, const HttpLimits& limits, HttpHandler handler)
    : parts_(std::make_shared<Parts>(loop, limits, std::move(handler))) {}

// NOLINTNEXTLINE(bugprone-exception-escape): to be out of memory ends the process anyway
HttpServer::~HttpServer() {
  parts_->stop_accepting();
  parts_->sessions->is_destroyed = true;
  parts_->sessions->on_empty = nullptr;
  parts_->cut_all();
  parts_->sweep_timer.cancel();
  parts_->drain_timer.cancel();
  parts_->on_drained = nullptr;
  parts_->sessions->handler = nullptr;
}

Status HttpServer::listen_unix(const std::string& path, mode_t mode) {
  const UnixListener opened = TRY(open_unix_listener(path, mode));
  parts_->listen(
      {.descriptor = asio::posix::stream_descriptor(parts_->sessions->loop, opened.descriptor),
       .unix_path = path,
       .unix_file = opened}
  );
  return Done{};
}

Result<std::uint16_t> HttpServer::listen_tcp(
    const std::string& host, std::uint16_t port, std::optional<TlsContext> tls
) {
  const TcpListener opened = TRY(open_tcp_listener(host, port));
  parts_->listen(
      {.descriptor = asio::posix::stream_descriptor(parts_->sessions->loop, opened.descriptor),
       .tls = std::move(tls)}
  );
  return opened.port;
}

void HttpServer::stop_accepting() {
  parts_->stop_accepting();
}

void HttpServer::drain(Millis within_ms, std::function<void()> on_done) {
  CHECK(!parts_->sessions->is_draining, "a server is drained once");
  parts_->stop_accepting();
  parts_->sessions->is_draining = true;
  parts_->on_drained = std::move(on_done);
  parts_->sessions->on_empty = [parts = parts_.get()] { parts->finish_drain(); };
  for (const std::shared_ptr<HttpSession>& session : std::vector(parts_->sessions->open)) {
    session->begin_drain();
  }
  if (parts_->sessions->open.empty()) return parts_->finish_drain();
  parts_->drain_timer.expires_after(std::chrono::milliseconds(within_ms));
  parts_->drain_timer.async_wait([parts = parts_](const ErrorCode& failure) {
    if (!failure && !parts->sessions->is_destroyed) parts->cut_all();
  });
}

std::size_t HttpServer::open_connections() const {
  return parts_->sessions->open.size();
}

const HttpCounts& HttpServer::counts() const {
  return parts_->sessions->counts;
}

}  // namespace evener
