// The pool through a server: over its unix socket, or over TCP with a token.
#pragma once

#include <optional>
#include <string>

#include "client/client.h"
#include "client/http_connection.h"
#include "engine/pool_folder.h"

namespace evener {

struct HttpClientOptions {
  Endpoint endpoint;
  std::string fingerprint;  // of the certificate of a TLS server; "" for the system's trust
  std::string token;        // of TCP
  std::string pool;         // the pool's id, if known: another pool's server is refused
  std::string instance;     // which run of the server, if known: checked before a token is shown
  int stop_descriptor = -1;
};

// What an answer that is none says: {"error":{"code":...,"message":...,"where":...}}.
Error error_of(const HttpAnswer& answer);

// Whether the other side may be somebody else, or nobody, by now: it may be asked again.
bool is_passing(const Error& error);

class HttpClient : public Client {
 public:
  explicit HttpClient(HttpClientOptions options) : options_(std::move(options)) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override;
  Result<std::string> ask(const Query& query) override;
  Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) override;
  Result<BlobRef> put_blob(std::string_view bytes) override;
  Result<std::string> get_blob(const BlobRef& blob) override;

  // An address at which a browser signs in as whoever asks: good once, for a few minutes. Fails
  // with `no_dashboard` where a browser cannot reach one.
  Result<std::string> open_dashboard();

  bool is_served() const override { return true; }

  std::string place() const override { return "the server at " + options_.endpoint.text(); }

 private:
  Status prepare_tls();
  Status connect();
  Status check_instance();
  HttpCall prepared(std::string method, std::string_view target) const;
  template <typename Send>
  Result<HttpAnswer> send(const Send& request);
  Result<std::string> exchange(HttpCall call, Millis timeout_ms);

  HttpClientOptions options_;
  std::optional<TlsContext> tls_;
  std::optional<HttpConnection> connection_;
};

}  // namespace evener
