// TLS without sockets: bytes of the wire go in, plain bytes come out, and the other way round.
// Client and server move the bytes, each by its own kind of loop; tests need no network.
//
// OpenSSL is touched when a context is made and not before: to set it up costs several
// milliseconds, more than the whole of a short command.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evener {

class TlsSession;

// What all connections of one kind share. Copies are handles to one context.
class TlsContext {
 public:
  // With the certificate (and those that lead to its authority) and the key in these PEM files.
  // Fails with `bad_certificate`.
  static Result<TlsContext> for_server(const std::string& certificate, const std::string& key);

  // Whom a client believes: exactly the certificate of that SHA-256 fingerprint (64 hex digits),
  // whatever it says of its names and dates; or, where `fingerprint` is empty, whoever shows one
  // for `host` that the system's authorities vouch for.
  static Result<TlsContext> for_client(const std::string& host, const std::string& fingerprint);

  TlsSession begin() const;

  // Whether it is one certificate that a client believes, by whatever name its server is reached.
  bool is_pinned() const;

 private:
  friend class TlsSession;
  struct Parts;

  explicit TlsContext(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

  std::shared_ptr<const Parts> parts_;
};

// One connection. Invariant: no plain byte is handed out or taken before the handshake is done and
// the peer is accepted, nor after a failure.
class TlsSession {
 public:
  explicit TlsSession(const TlsContext& context);
  ~TlsSession();
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;

  // Takes what came over the wire. Whatever is to be answered stands in unsent() then, also after a
  // failure.
  void receive(std::string_view wire);

  // Plain bytes that have come, at most so many as `room` has; 0 if there are none now.
  std::size_t read(std::span<char> room);

  // Of an open session.
  void write(std::string_view plain);

  // Says that nothing more will be written.
  void finish();

  // What is to go over the wire next, and that so many bytes of it went.
  std::string_view unsent() const { return std::string_view(out_).substr(sent_); }

  void sent(std::size_t bytes);

  bool is_open() const { return is_open_ && !failure_; }

  // The peer said that nothing more will come; without it, an end of the wire cuts something off.
  bool has_seen_end() const { return has_seen_end_; }

  // `wrong_certificate` (not the one with the fingerprint), `untrusted_certificate`, `no_tls` (what
  // came is something else) or `tls_failed`. It is final.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct State;
  void shake_hands();
  void check_peer();
  void fail();
  void collect();

  std::unique_ptr<State> state_;
  std::string out_;
  std::size_t sent_ = 0;
  bool is_open_ = false;
  bool has_seen_end_ = false;
  std::optional<Error> failure_;
};

}  // namespace evener
