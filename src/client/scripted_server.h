// For the tests of what speaks HTTP as a client: a server that plays a script to one caller.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/test_certificate.h"
#include "client/http_connection.h"

namespace evener::testing_http {

inline constexpr Millis ample_ms = 10'000;

// Whether scripted servers and those who connect to them speak TLS.
inline bool speaks_tls = false;

inline const TestCertificate& certificate() {
  static const TestCertificate made;
  return made;
}

// The server's end of one connection, as a script speaks it.
class Line {
 public:
  explicit Line(int descriptor) : descriptor_(descriptor) {
    if (!speaks_tls) return;
    tls_.emplace(certificate().server());
    while (!tls_->is_open() && !tls_->failure() && receive()) {
    }
  }

  ~Line() { hang_up(); }

  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  Line(Line&&) = delete;
  Line& operator=(Line&&) = delete;

  void say(std::string_view bytes) {
    if (!tls_) {
      send(bytes);
    } else if (tls_->is_open()) {
      tls_->write(bytes);
      send_unsent();
    }
  }

  // The next head and the `body_bytes` behind it; short if the peer ends first.
  std::string hear(std::size_t body_bytes = 0) {
    for (;;) {
      const std::size_t head_end = heard_.find("\r\n\r\n");
      if (head_end != std::string::npos && heard_.size() >= head_end + 4 + body_bytes) {
        std::string request = heard_.substr(0, head_end + 4 + body_bytes);
        heard_.erase(0, request.size());
        return request;
      }
      if (!receive()) return std::exchange(heard_, {});
    }
  }

  // The next bytes; short if the peer ends first.
  std::string hear_bytes(std::size_t size) {
    while (heard_.size() < size && receive()) {
    }
    std::string bytes = heard_.substr(0, size);
    heard_.erase(0, bytes.size());
    return bytes;
  }

  // Waits until the peer has closed.
  void wait_for_end() {
    while (!hear().empty()) {
    }
  }

  void end_sending() {
    if (tls_) {
      tls_->finish();
      send_unsent();
    }
    ::shutdown(descriptor_, SHUT_WR);
  }

  void hang_up() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void send_unsent() {
    send(tls_->unsent());
    tls_->sent(tls_->unsent().size());
  }

  // False at the peer's end.
  bool receive() {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (!tls_) {
      heard_.append(bytes);
      return true;
    }
    tls_->receive(bytes);
    send_unsent();
    std::array<char, 4096> plain{};
    while (const std::size_t size = tls_->read(plain)) heard_.append(plain.data(), size);
    return !tls_->has_seen_end();
  }

  int descriptor_;
  std::optional<TlsSession> tls_;
  std::string heard_;
};

// Listens at a unix socket of its own, and plays `script` to the first caller.
class ScriptedServer {
 public:
  using Script = std::function<void(Line&)>;

  explicit ScriptedServer(Script script) {
    std::string folder = std::filesystem::temp_directory_path() / "evener-http-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    endpoint().unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_, 0);
    if (script) {
      thread_ = std::thread([this, play = std::move(script)] {
        Line line(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
        play(line);
      });
    }
  }

  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
  }

  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ScriptedServer(ScriptedServer&&) = delete;
  ScriptedServer& operator=(ScriptedServer&&) = delete;

  Endpoint endpoint() const { return {.unix_path = folder_ / "s"}; }

  HttpConnection connect(int stop_descriptor = -1) const {
    const TlsContext tls = certificate().client();
    return HttpConnection::connect(
               endpoint(), ample_ms, stop_descriptor, speaks_tls ? &tls : nullptr
    )
        .value();
  }

 private:
  std::filesystem::path folder_;
  int listener_ = -1;
  std::thread thread_;
};

// A descriptor that becomes readable on demand.
class StopPipe {
 public:
  StopPipe() {
    if (::pipe(ends_.data()) != 0) std::abort();
  }

  ~StopPipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  StopPipe(const StopPipe&) = delete;
  StopPipe& operator=(const StopPipe&) = delete;
  StopPipe(StopPipe&&) = delete;
  StopPipe& operator=(StopPipe&&) = delete;

  void stop() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }

  int descriptor() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_ = {-1, -1};
};

}  // namespace evener::testing_http
