#include "base/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

#include "base/certificate.h"
#include "base/socket_address.h"

namespace evener {
namespace {

struct ContextFreed {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

using ContextPtr = std::unique_ptr<SSL_CTX, ContextFreed>;

// What OpenSSL said last, and nothing left for whoever asks next.
std::string last_problem() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

// Of TLS 1.2 only what has forward secrecy and authenticates what it encrypts; all of 1.3 does.
Result<ContextPtr> new_context(bool is_server) {
  ContextPtr context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
  SSL_CTX* const made = context.get();
  const bool is_ready =
      made != nullptr &&
      SSL_CTX_ctrl(made, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr) == 1 &&
      SSL_CTX_set_cipher_list(made, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
  if (!is_ready) return Error{"tls_failed", "OpenSSL cannot be set up: " + last_problem()};
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_ctrl(made, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, nullptr);
  // Idle connections are many.
  SSL_CTX_ctrl(made, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, nullptr);
  return context;
}

}  // namespace

struct TlsContext::Parts {
  ContextPtr context;
  bool is_server = false;
  std::string host = {};
  std::string fingerprint = {};
};

struct TlsSession::State {
  struct Freed {
    void operator()(SSL* session) const { SSL_free(session); }
  };

  std::shared_ptr<const TlsContext::Parts> parts;
  std::unique_ptr<SSL, Freed> ssl;
  BIO* in;  // both belong to the SSL
  BIO* out;
};

Result<TlsContext> TlsContext::for_server(const std::string& certificate, const std::string& key) {
  ContextPtr context = TRY(new_context(true));
  SSL_CTX_set_num_tickets(context.get(), 0);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    return Error{"bad_certificate", "no certificate can be read: " + last_problem(), certificate};
  }
  const bool has_key =
      SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(context.get()) == 1;
  if (!has_key) {
    return Error{"bad_certificate", "this is not the certificate's key: " + last_problem(), key};
  }
  return TlsContext(std::make_shared<const Parts>(Parts{std::move(context), true}));
}

Result<TlsContext> TlsContext::for_client(const std::string& host, const std::string& fingerprint) {
  ContextPtr context = TRY(new_context(false));
  if (fingerprint.empty()) {
    if (SSL_CTX_set_default_verify_paths(context.get()) != 1) {
      return Error{"tls_failed", "the system's authorities cannot be read: " + last_problem()};
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  return TlsContext(
      std::make_shared<const Parts>(Parts{std::move(context), false, host, fingerprint})
  );
}

bool TlsContext::is_pinned() const {
  return !parts_->fingerprint.empty();
}

TlsSession TlsContext::begin() const {
  return TlsSession(*this);
}

TlsSession::TlsSession(const TlsContext& context) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.parts = context.parts_;
  state.ssl.reset(SSL_new(state.parts->context.get()));
  state.in = BIO_new(BIO_s_mem());
  state.out = BIO_new(BIO_s_mem());
  CHECK(state.ssl && state.in != nullptr && state.out != nullptr, "out of memory for TLS");
  SSL_set_bio(state.ssl.get(), state.in, state.out);
  if (state.parts->is_server) {
    SSL_set_accept_state(state.ssl.get());
    return;
  }
  SSL_set_connect_state(state.ssl.get());
  const std::string& host = state.parts->host;
  if (is_numeric_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(state.ssl.get()), host.c_str());
  } else {
    std::string name = host;
    SSL_ctrl(state.ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    SSL_set1_host(state.ssl.get(), host.c_str());
  }
  shake_hands();
}

TlsSession::~TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;

void TlsSession::receive(std::string_view wire) {
  if (failure_) return;
  const int taken = BIO_write(state_->in, wire.data(), static_cast<int>(wire.size()));
  CHECK(taken == static_cast<int>(wire.size()), "out of memory for TLS");
  if (!is_open_) shake_hands();
}

void TlsSession::shake_hands() {
  ERR_clear_error();
  const int done = SSL_do_handshake(state_->ssl.get());
  if (done == 1) {
    check_peer();
  } else if (SSL_get_error(state_->ssl.get(), done) != SSL_ERROR_WANT_READ) {
    fail();
  }
  collect();
}

void TlsSession::check_peer() {
  const std::string& expected = state_->parts->fingerprint;
  if (!expected.empty()) {
    X509* const shown = SSL_get1_peer_certificate(state_->ssl.get());
    const std::string found = shown == nullptr ? "none" : Certificate(shown).fingerprint();
    if (found != expected) {
      failure_ = Error{
          "wrong_certificate",
          fmt::format(
              "the server shows the certificate {}, not {}: it is another server, or somebody is "
              "in "
              "between",
              found,
              expected
          )
      };
      static_cast<void>(BIO_reset(state_->out));  // to a stranger nothing more is said
      return;
    }
  }
  is_open_ = true;
}

std::size_t TlsSession::read(std::span<char> room) {
  if (!is_open() || room.empty()) return 0;
  ERR_clear_error();
  std::size_t got = 0;
  if (SSL_read_ex(state_->ssl.get(), room.data(), room.size(), &got) != 1) {
    const int why = SSL_get_error(state_->ssl.get(), 0);
    has_seen_end_ = has_seen_end_ || why == SSL_ERROR_ZERO_RETURN;
    if (why != SSL_ERROR_ZERO_RETURN && why != SSL_ERROR_WANT_READ) fail();
    got = 0;
  }
  collect();
  return got;
}

void TlsSession::write(std::string_view plain) {
  CHECK(is_open(), "nothing is written before the peer is accepted");
  ERR_clear_error();
  std::size_t taken = 0;
  if (!plain.empty() && SSL_write_ex(state_->ssl.get(), plain.data(), plain.size(), &taken) != 1) {
    fail();
  }
  collect();
}

void TlsSession::finish() {
  if (!is_open()) return;
  ERR_clear_error();
  if (SSL_shutdown(state_->ssl.get()) < 0) ERR_clear_error();
  collect();
}

void TlsSession::sent(std::size_t bytes) {
  sent_ += bytes;
  if (sent_ < out_.size()) return;
  out_ = {};
  sent_ = 0;
}

void TlsSession::fail() {
  const unsigned long code = ERR_peek_last_error();
  const long verdict = SSL_get_verify_result(state_->ssl.get());
  const int reason = ERR_GET_REASON(code);
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    failure_ = Error{
        "untrusted_certificate",
        fmt::format(
            "{}; a server that this system's authorities do not know is reached by an invitation",
            X509_verify_cert_error_string(verdict)
        )
    };
    ERR_clear_error();
  } else if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
             reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
    failure_ = Error{"no_tls", "the other side does not speak TLS at this address"};
    ERR_clear_error();
  } else {
    failure_ = Error{"tls_failed", "TLS failed: " + last_problem()};
  }
}

// What OpenSSL wants to send.
void TlsSession::collect() {
  char* data = nullptr;
  const long size = BIO_get_mem_data(state_->out, &data);
  if (size <= 0) return;
  if (sent_ > 0) out_.erase(0, std::exchange(sent_, 0));
  out_.append(data, static_cast<std::size_t>(size));
  static_cast<void>(BIO_reset(state_->out));
}

}  // namespace evener
