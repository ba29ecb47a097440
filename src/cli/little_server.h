// For the tests of what speaks to addresses of others: an HTTP server on the loopback that answers
// one connection after another as it is told, with TLS or without.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/test_certificate.h"

namespace evener::testing_http {

struct HeardRequest {
  std::string head;
  std::string body;

  std::string header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

inline std::string answer_text(int status, const std::string& headers = "") {
  return fmt::format("HTTP/1.1 {} Said\r\n{}Content-Length: 0\r\n\r\n", status, headers);
}

class LittleServer {
 public:
  // What to send for the n-th request, from 0, before the connection is closed; nothing: no answer
  // at all, until the client has gone.
  using Answer = std::function<std::optional<std::string>(std::size_t, const HeardRequest&)>;

  explicit LittleServer(Answer answer, const TestCertificate* certificate = nullptr)
      : answer_(std::move(answer)) {
    std::signal(SIGPIPE, SIG_IGN);
    if (certificate != nullptr) {
      tls_.reset(SSL_CTX_new(TLS_server_method()));
      const std::string chain = certificate->certificate();
      EXPECT_EQ(SSL_CTX_use_certificate_chain_file(tls_.get(), chain.c_str()), 1);
      const std::string key = certificate->key();
      EXPECT_EQ(SSL_CTX_use_PrivateKey_file(tls_.get(), key.c_str(), SSL_FILETYPE_PEM), 1);
    }
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }

  LittleServer(const LittleServer&) = delete;
  LittleServer& operator=(const LittleServer&) = delete;

  ~LittleServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  int port() const { return port_; }

  std::string url(const std::string& host = "127.0.0.1") const {
    return fmt::format("{}://{}:{}/hook?k=v", tls_ ? "https" : "http", host, port_);
  }

  // Answers go out so many bytes at a time, each in a packet of its own where the system lets them.
  void send_in_pieces(std::size_t bytes) { piece_ = bytes; }

  std::vector<HeardRequest> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  void serve() {
    for (;;) {
      const int line = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (line < 0) return;
      SSL* tls = nullptr;
      if (tls_) {
        tls = SSL_new(tls_.get());
        SSL_set_fd(tls, line);
      }
      if (tls == nullptr || SSL_accept(tls) == 1) talk(line, tls);
      if (tls != nullptr) SSL_free(tls);
      ::close(line);
    }
  }

  static ssize_t receive(int line, SSL* tls, std::string& bytes) {
    std::array<char, 4096> buffer;
    const ssize_t got = tls != nullptr
                            ? SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()))
                            : ::recv(line, buffer.data(), buffer.size(), 0);
    if (got > 0) bytes.append(buffer.data(), static_cast<std::size_t>(got));
    return got;
  }

  void talk(int line, SSL* tls) {
    std::string bytes;
    HeardRequest request;
    std::size_t body_size = std::string::npos;
    while (body_size == std::string::npos || bytes.size() < body_size) {
      if (receive(line, tls, bytes) <= 0) return;
      const std::size_t end = bytes.find("\r\n\r\n");
      if (body_size != std::string::npos || end == std::string::npos) continue;
      request.head = bytes.substr(0, end + 2);
      bytes.erase(0, end + 4);
      body_size = std::stoul(request.header("Content-Length"));
    }
    request.body = bytes;
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = heard_.size();
      heard_.push_back(request);
    }
    const std::optional<std::string> answer = answer_(number, request);
    if (!answer) {
      while (receive(line, tls, bytes) > 0) {
      }
    } else if (tls != nullptr) {
      SSL_write(tls, answer->data(), static_cast<int>(answer->size()));
      SSL_shutdown(tls);
    } else {
      const int at_once = 1;
      ::setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
      for (std::size_t at = 0; at < answer->size(); at += piece_) {
        const std::size_t size = std::min<std::size_t>(piece_, answer->size() - at);
        if (::send(line, answer->data() + at, size, MSG_NOSIGNAL) < 0) return;
      }
    }
  }

  Answer answer_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, SSL_CTX_free};
  std::atomic<std::size_t> piece_ = std::size_t{1} << 20U;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<HeardRequest> heard_;
  std::thread thread_;
};

}  // namespace evener::testing_http
