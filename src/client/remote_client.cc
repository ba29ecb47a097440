#include "client/remote_client.h"

#include "client/ask_again.h"

namespace evener {
namespace {

constexpr Millis server_retry_ms = 100;
constexpr Millis server_look_again_ms = 500;

}  // namespace

template <typename T, typename Use>
Result<T> RemoteClient::reach(const Use& use) {
  const Millis started = clock_.read().monotonic;
  for (;;) {
    Result<T> result = use();
    if (result.ok() || !is_passing(result.error())) return result;
    if (clock_.read().monotonic - started > patience_ms_) return result;
    TRY(pause_for(server_retry_ms, stop_descriptor_));
  }
}

Result<std::vector<Answer>> RemoteClient::call(std::vector<Request> requests) {
  give_request_ids(requests, clock_.read().wall);
  return reach<std::vector<Answer>>([&] { return server_.call(requests); });
}

Result<std::string> RemoteClient::ask(const Query& query) {
  return reach<std::string>([&] { return server_.ask(query); });
}

// For as long as the server can be found at all.
Status RemoteClient::follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) {
  const Follow follow = [&](Seq from, const auto& seen) { return server_.follow(from, seen); };
  return follow_on(after, visit, follow, server_look_again_ms, stop_descriptor_);
}

Result<BlobRef> RemoteClient::put_blob(std::string_view bytes) {
  return reach<BlobRef>([&] { return server_.put_blob(bytes); });
}

Result<std::string> RemoteClient::get_blob(const BlobRef& blob) {
  return reach<std::string>([&] { return server_.get_blob(blob); });
}

}  // namespace evener
