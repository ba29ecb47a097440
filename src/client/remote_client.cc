#include "client/remote_client.h"

#include <poll.h>

namespace evener {
namespace {

constexpr Millis retry_ms = 100;
constexpr Millis look_again_ms = 500;

}  // namespace

Status RemoteClient::pause(Millis duration) const {
  pollfd stop{stop_descriptor_, POLLIN, 0};
  const int woken = ::poll(&stop, stop_descriptor_ < 0 ? 0 : 1, static_cast<int>(duration));
  if (woken <= 0) return Done{};
  return Error{"interrupted", "told to stop while waiting"};
}

template <typename T, typename Use>
Result<T> RemoteClient::reach(const Use& use) {
  const Millis started = clock_.read().monotonic;
  for (;;) {
    Result<T> result = use();
    if (result.ok() || !is_passing(result.error())) return result;
    if (clock_.read().monotonic - started > patience_ms_) return result;
    TRY(pause(retry_ms));
  }
}

Result<std::vector<Answer>> RemoteClient::call(std::vector<Request> requests) {
  for (Request& request : requests) {
    if (request.request_id.empty() && !std::holds_alternative<Renew>(request.command)) {
      request.request_id = new_request_id(clock_.read().wall);
    }
  }
  return reach<std::vector<Answer>>([&] { return server_.call(requests); });
}

Result<std::string> RemoteClient::ask(const Query& query) {
  return reach<std::string>([&] { return server_.ask(query); });
}

// For as long as the server can be found at all.
Status RemoteClient::follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) {
  bool goes_on = true;
  const auto seen = [&](const PoolEvent& event) {
    if (const auto* fact = std::get_if<Fact>(&event)) after = fact->seq;
    goes_on = visit(event);
    return goes_on;
  };
  for (;;) {
    const Status followed = server_.follow(after, seen);
    if (!goes_on) return Done{};
    if (!followed.ok() && !is_passing(followed.error()) && followed.error().code != "timeout") {
      return followed;
    }
    TRY(pause(look_again_ms));
  }
}

Result<BlobRef> RemoteClient::put_blob(std::string_view bytes) {
  return reach<BlobRef>([&] { return server_.put_blob(bytes); });
}

Result<std::string> RemoteClient::get_blob(const BlobRef& blob) {
  return reach<std::string>([&] { return server_.get_blob(blob); });
}

}  // namespace evener
