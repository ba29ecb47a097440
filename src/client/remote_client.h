// A pool that a server on another machine holds. It asks again, for a while, when the connection
// breaks or the server starts anew: request ids see to it that nothing is done twice.
#pragma once

#include <string>

#include "client/http_client.h"

namespace evener {

class RemoteClient : public Client {
 public:
  RemoteClient(HttpClientOptions options, Clock& clock, Millis patience_ms = 5000)
      : stop_descriptor_(options.stop_descriptor),
        patience_ms_(patience_ms),
        clock_(clock),
        server_(std::move(options)) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override;
  Result<std::string> ask(const Query& query) override;
  Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) override;
  Result<BlobRef> put_blob(std::string_view bytes) override;
  Result<std::string> get_blob(const BlobRef& blob) override;

  bool is_served() const override { return true; }

  std::string place() const override { return server_.place(); }

 private:
  template <typename T, typename Use>
  Result<T> reach(const Use& use);

  int stop_descriptor_;
  Millis patience_ms_;
  Clock& clock_;
  HttpClient server_;
};

}  // namespace evener
