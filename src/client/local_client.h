// The pool on this machine, whoever has it open now: its file while the lock is free, its server
// while one holds the lock. It follows when a server starts or ends, and retries for 5 s meanwhile.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "client/file_client.h"
#include "client/http_client.h"

namespace evener {

struct LocalOptions {
  PoolFolder folder;
  Author author;
  FileClient::AfterWrite after_write;
  int stop_descriptor = -1;
  Millis patience_ms = 5000;
};

// How to reach the server that has the pool open; none if there is no such server.
std::optional<HttpClientOptions> server_of(const PoolFolder& folder);

class LocalClient : public Client {
 public:
  LocalClient(LocalOptions options, Clock& clock);

  // Without a server, a claim that waits looks again every quarter of a second.
  Result<std::vector<Answer>> call(std::vector<Request> requests) override;
  Result<std::string> ask(const Query& query) override;
  Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) override;
  Result<BlobRef> put_blob(std::string_view bytes) override;
  Result<std::string> get_blob(const BlobRef& blob) override;
  bool is_served() const override;
  std::string place() const override;

 private:
  template <typename T, typename Use>
  Result<T> reach(const Use& use);
  Client* server();  // or null

  LocalOptions options_;
  Clock& clock_;
  FileClient file_;
  std::unique_ptr<HttpClient> server_;
  std::string server_instance_;
};

}  // namespace evener
