// A client that adds something to another one: what is not overridden goes straight on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/client.h"

namespace evener {

class WrappedClient : public Client {
 public:
  explicit WrappedClient(std::unique_ptr<Client> inner) : inner_(std::move(inner)) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override {
    return inner_->call(std::move(requests));
  }

  Result<std::string> ask(const Query& query) override { return inner_->ask(query); }

  Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) override {
    return inner_->follow(after, visit);
  }

  Result<BlobRef> put_blob(std::string_view bytes) override { return inner_->put_blob(bytes); }

  Result<std::string> get_blob(const BlobRef& blob) override { return inner_->get_blob(blob); }

  bool is_served() const override { return inner_->is_served(); }

  std::string place() const override { return inner_->place(); }

 protected:
  Client& inner() { return *inner_; }

 private:
  std::unique_ptr<Client> inner_;
};

}  // namespace evener
