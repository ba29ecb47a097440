#include "cli/post_line.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace evener {
namespace {

constexpr std::size_t bytes_at_once = 16UL * 1024;

Millis steady_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<Millis>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

Error unreachable(const Url& url, std::string_view why) {
  return {"unreachable", fmt::format("nobody answers: {}", why), url.authority()};
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

PostLine::~PostLine() = default;

Result<std::unique_ptr<PostLine>> PostLine::open(
    const Url& url, Millis timeout_ms, int stop_descriptor
) {
  std::unique_ptr<PostLine> line(new PostLine(steady_now() + timeout_ms, stop_descriptor));
  TRY(line->connect(url));
  if (url.is_tls) TRY(line->agree_on_tls(url));
  return line;
}

void PostLine::hurry(Millis patience_ms) {
  deadline_ = std::min(deadline_, steady_now() + patience_ms);
}

Status PostLine::wait(short events) const {
  std::array<pollfd, 2> watched = {
      {{.fd = socket_->number(), .events = events, .revents = 0},
       {.fd = stop_descriptor_, .events = POLLIN, .revents = 0}}
  };
  for (;;) {
    const Millis left = std::max<Millis>(0, deadline_ - steady_now());
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    CHECK(ready >= 0, "poll takes two descriptors");
    if (watched[0].revents != 0) return Done{};
    if (watched[1].revents != 0) return Error{"interrupted", "stopped while sending"};
    return Error{"timeout", "no answer in time"};
  }
}

Status PostLine::connect(const Url& url) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found);
  if (failure != 0) return unreachable(url, ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  int problem = EADDRNOTAVAIL;
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    socket_ = std::make_unique<FileDescriptor>(
        ::socket(next->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    );
    problem = errno;
    if (socket_->number() < 0) continue;
    problem = ::connect(socket_->number(), next->ai_addr, next->ai_addrlen) == 0 ? 0 : errno;
    if (problem == EINPROGRESS) {
      TRY(wait(POLLOUT));
      socklen_t size = sizeof problem;
      ::getsockopt(socket_->number(), SOL_SOCKET, SO_ERROR, &problem, &size);
    }
    if (problem == 0) return Done{};
  }
  return unreachable(url, std::strerror(problem));
}

Status PostLine::agree_on_tls(const Url& url) {
  context_ = {SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  CHECK(context_ != nullptr, "TLS does not start");
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_default_verify_paths(context_.get()) != 1) {
    return Error{"bad_certificate", "the system's certificate authorities cannot be read"};
  }
  tls_ = {SSL_new(context_.get()), SSL_free};
  CHECK(tls_ != nullptr, "TLS does not start");
  if (is_address(url.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), url.host.c_str());
  } else {
    SSL_set1_host(tls_.get(), url.host.c_str());
    SSL_set_tlsext_host_name(tls_.get(), url.host.c_str());
  }
  // In memory, so that we send by ourselves: OpenSSL's own writing would raise SIGPIPE.
  SSL_set_bio(tls_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  const bool is_agreed = TRY(run_tls([](SSL* tls) { return SSL_connect(tls); }));
  if (is_agreed) return Done{};
  return Error{"reply_lost", "the server closed the connection while TLS was agreed on"};
}

Error PostLine::tls_error() const {
  const long verified = SSL_get_verify_result(tls_.get());
  if (verified != X509_V_OK) {
    return {"bad_certificate", X509_verify_cert_error_string(verified)};
  }
  const unsigned long code = ERR_get_error();
  const char* const reason = ERR_reason_error_string(code);
  return {"reply_lost", fmt::format("TLS failed: {}", reason == nullptr ? "unknown" : reason)};
}

template <typename Operation>
Result<bool> PostLine::run_tls(const Operation& operation) {
  for (;;) {
    ERR_clear_error();
    const int done = operation(tls_.get());
    const int wants = SSL_get_error(tls_.get(), done);
    const Error failure = done > 0 ? Error{} : tls_error();
    const Status sent = send_encrypted();  // an alert that says why, too
    if (done > 0) {
      TRY(sent);
      return true;
    }
    if (wants == SSL_ERROR_ZERO_RETURN) return false;
    if (wants != SSL_ERROR_WANT_READ) return failure;
    TRY(sent);
    std::string arrived;
    if (!TRY(receive_plain(arrived))) return false;
    BIO_write(SSL_get_rbio(tls_.get()), arrived.data(), static_cast<int>(arrived.size()));
  }
}

Status PostLine::send_encrypted() {
  BIO* const outgoing = SSL_get_wbio(tls_.get());
  std::string bytes(BIO_ctrl_pending(outgoing), '\0');
  if (bytes.empty()) return Done{};
  BIO_read(outgoing, bytes.data(), static_cast<int>(bytes.size()));
  return send_plain(bytes);
}

Status PostLine::send_plain(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_->number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY(wait(POLLOUT));
    } else if (errno != EINTR) {
      return Error{"reply_lost", fmt::format("the connection ended: {}", std::strerror(errno))};
    }
  }
  return Done{};
}

Result<bool> PostLine::receive_plain(std::string& bytes) {
  std::array<char, bytes_at_once> buffer;
  for (;;) {
    const ssize_t got = ::recv(socket_->number(), buffer.data(), buffer.size(), 0);
    if (got >= 0) {
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
      return got > 0;
    }
    if (errno == EAGAIN) {
      TRY(wait(POLLIN));
    } else if (errno != EINTR) {
      return Error{"reply_lost", fmt::format("the connection ended: {}", std::strerror(errno))};
    }
  }
}

Status PostLine::send(std::string_view bytes) {
  if (tls_ == nullptr) return send_plain(bytes);
  const bool is_sent = TRY(run_tls([&](SSL* tls) {
    return SSL_write(tls, bytes.data(), static_cast<int>(bytes.size()));
  }));
  if (is_sent) return Done{};
  return Error{"reply_lost", "the server closed the connection"};
}

Result<bool> PostLine::receive(std::string& bytes) {
  if (tls_ == nullptr) return receive_plain(bytes);
  std::array<char, bytes_at_once> buffer;
  int got = 0;
  const bool is_more = TRY(run_tls([&](SSL* tls) {
    got = SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()));
    return got;
  }));
  if (is_more) bytes.append(buffer.data(), static_cast<std::size_t>(got));
  return is_more;
}

}  // namespace evener
