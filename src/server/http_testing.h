// For the tests of the HTTP server: a server on a loop of its own, and a client that speaks bytes.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/tls.h"
#include "server/http_server.h"

namespace evener::testing_http {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string folder = std::filesystem::temp_directory_path() / "evener-http-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    path_ = folder;
  }

  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string put(std::string_view body) {
  return "PUT / HTTP/1.1\r\nHost: walnut\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

// An answer as it came over the wire. `status` is 0 if none came.
struct WireAnswer {
  int status = 0;
  std::string head = {};
  std::string body = {};

  bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

// A blocking connection that gives up after ten seconds of silence, so that no test hangs.
class WireClient {
 public:
  static WireClient to_unix(const std::string& path, int receive_buffer_bytes = 0) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return {
        AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, receive_buffer_bytes
    };
  }

  static WireClient to_tcp(std::uint16_t port, int receive_buffer_bytes = 0) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return {
        AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address, receive_buffer_bytes
    };
  }

  // Not connected if the handshake fails.
  static WireClient to_tls(std::uint16_t port, const TlsContext& tls) {
    WireClient client = to_tcp(port);
    client.tls_.emplace(tls.begin());
    client.send_unsent();
    while (!client.tls_->is_open() && !client.tls_->failure() && client.receive()) {
    }
    if (!client.tls_->is_open()) client.close();
    return client;
  }

  WireClient(WireClient&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        tls_(std::move(other.tls_)),
        received_(std::move(other.received_)) {}

  ~WireClient() { close(); }

  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;
  WireClient& operator=(WireClient&&) = delete;

  bool is_connected() const { return descriptor_ >= 0; }

  // False if the server took no more.
  bool send(std::string_view bytes) {
    if (!tls_) return send_raw(bytes);
    if (!tls_->is_open()) return false;
    tls_->write(bytes);
    return send_unsent();
  }

  // Says that no more will come, as TLS does.
  void finish_tls() {
    tls_->finish();
    send_unsent();
  }

  bool has_finished_tls() const { return tls_->has_seen_end(); }

  WireAnswer read_answer(bool has_body = true) {
    WireAnswer answer;
    std::size_t head_end = received_.find("\r\n\r\n");
    for (; head_end == std::string::npos; head_end = received_.find("\r\n\r\n")) {
      if (!receive()) return answer;
    }
    answer.head = take(head_end + 4);
    answer.status = std::atoi(answer.head.substr(9, 3).c_str());
    const std::size_t length_at = answer.head.find("Content-Length: ");
    if (!has_body) return answer;
    if (length_at != std::string::npos) {
      const std::size_t length = std::strtoul(answer.head.c_str() + length_at + 16, nullptr, 10);
      while (received_.size() < length && receive()) {
      }
      answer.body = take(length);
    } else if (answer.has("Transfer-Encoding: chunked")) {
      while (const std::optional<std::string> chunk = read_chunk()) answer.body += *chunk;
    }
    return answer;
  }

  WireAnswer ask(std::string_view request) {
    if (!send(request)) return {};
    return read_answer();
  }

  WireAnswer get(std::string_view target) {
    return ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: walnut\r\n\r\n");
  }

  // The next chunk of a chunked body; none for the last or at the end of the connection.
  std::optional<std::string> read_chunk() {
    std::size_t line_end = received_.find("\r\n");
    for (; line_end == std::string::npos; line_end = received_.find("\r\n")) {
      if (!receive()) return std::nullopt;
    }
    const std::size_t size = std::strtoul(take(line_end + 2).c_str(), nullptr, 16);
    while (received_.size() < size + 2) {
      if (!receive()) return std::nullopt;
    }
    std::string chunk = take(size);
    take(2);
    if (size == 0) return std::nullopt;
    return chunk;
  }

  // Everything up to the end of the connection.
  std::string read_to_end() {
    while (receive()) {
    }
    return take(received_.size());
  }

  bool is_ended() { return received_.empty() && !receive() && has_seen_end_; }

  void end_sending() const { ::shutdown(descriptor_, SHUT_WR); }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  // Over TCP: closes so that the server gets a reset.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

 private:
  WireClient(int family, const sockaddr* address, socklen_t size, int receive_buffer_bytes)
      : descriptor_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer_bytes > 0) {
      ::setsockopt(
          descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes
      );
    }
    if (::connect(descriptor_, address, size) != 0) close();
  }

  bool send_raw(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  bool send_unsent() {
    const bool is_sent = send_raw(tls_->unsent());
    tls_->sent(tls_->unsent().size());
    return is_sent;
  }

  bool receive() {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) has_seen_end_ = true;
    if (got <= 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (!tls_) {
      received_.append(bytes);
      return true;
    }
    tls_->receive(bytes);
    send_unsent();
    while (const std::size_t size = tls_->read(buffer)) received_.append(buffer.data(), size);
    return true;
  }

  std::string take(std::size_t bytes) {
    std::string taken = received_.substr(0, bytes);
    received_.erase(0, bytes);
    return taken;
  }

  int descriptor_;
  std::optional<TlsSession> tls_;
  bool has_seen_end_ = false;
  std::string received_;
};

// A server that listens on a unix socket and on a free TCP port, with a thread for its loop.
class RunningServer {
 public:
  explicit RunningServer(HttpHandler handler, const HttpLimits& limits = {}) {
    server_.emplace(loop_, limits, std::move(handler));
    if (!server_->listen_unix(path()).ok()) std::abort();
    port_ = server_->listen_tcp("127.0.0.1", 0).value();
    thread_ = std::thread([this] { loop_.run(); });
  }

  ~RunningServer() { stop(); }

  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  RunningServer(RunningServer&&) = delete;
  RunningServer& operator=(RunningServer&&) = delete;

  // Destroys the server on its loop, and waits until the loop has nothing left to do.
  void stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(loop_, [this] { server_.reset(); });
    work_.reset();
    thread_.join();
  }

  // Runs `action` on the loop, and waits for it.
  void on_loop(const std::function<void()>& action) {
    std::promise<void> done;
    boost::asio::post(loop_, [&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }

  HttpServer& server() { return *server_; }  // to be used on the loop

  HttpCounts counts() {
    HttpCounts counts;
    on_loop([&] { counts = server_->counts(); });
    return counts;
  }

  // Waits until everybody who came has left.
  bool becomes_empty() {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    bool is_empty = false;
    while (!is_empty && std::chrono::steady_clock::now() < patience) {
      on_loop([&] {
        is_empty = server_->counts().connections > 0 && server_->open_connections() == 0;
      });
    }
    return is_empty;
  }

  // Another listener, on a free port of the loopback address.
  std::uint16_t listen_tls(const TlsContext& tls) {
    std::uint16_t port = 0;
    on_loop([&] { port = server_->listen_tcp("127.0.0.1", 0, tls).value(); });
    return port;
  }

  std::string path() const { return folder_.path() / "s"; }

  std::uint16_t port() const { return port_; }

  WireClient connect() const { return WireClient::to_unix(path()); }

  WireClient connect_tcp() const { return WireClient::to_tcp(port_); }

 private:
  TemporaryFolder folder_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor(
  )};
  std::optional<HttpServer> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Answers with what it was asked.
inline void echo(HttpRequest request, HttpReply reply) {
  HttpResponse response{.content_type = "text/plain"};
  response.body = request.method + " " + request.path + " " + request.body;
  reply.send(std::move(response));
}

}  // namespace evener::testing_http
