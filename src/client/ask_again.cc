#include "client/ask_again.h"

#include <optional>

#include "client/http_client.h"
#include "client/socket.h"

namespace evener {
namespace {

std::string text_of(const Fact& fact) {
  std::string text;
  append_fact(text, fact);
  return text;
}

}  // namespace

void give_request_ids(std::vector<Request>& requests, Instant wall) {
  for (Request& request : requests) {
    if (request.request_id.empty() && !std::holds_alternative<Renew>(request.command)) {
      request.request_id = new_request_id(wall);
    }
  }
}

Status pause_for(Millis duration, int stop_descriptor) {
  if (wait_for(-1, 0, stop_descriptor, monotonic_now() + duration) != Wait::stopped) return Done{};
  return interrupted();
}

Status follow_on(
    Seq after,
    const std::function<bool(const PoolEvent&)>& visit,
    const Follow& follow,
    Millis look_again_ms,
    int stop_descriptor
) {
  bool goes_on = true;
  bool is_same_log = true;
  std::optional<Fact> last;
  const auto seen = [&](const PoolEvent& event) {
    if (const auto* fact = std::get_if<Fact>(&event)) {
      if (last && fact->seq <= last->seq) return is_same_log = text_of(*fact) == text_of(*last);
      last = *fact;
    }
    goes_on = visit(event);
    return goes_on;
  };
  for (;;) {
    const Status followed = follow(last ? Seq{last->seq.value - 1} : after, seen);
    if (!goes_on) return Done{};
    if (!is_same_log)
      return Error{"resync", "an older copy of the pool was put back; read it again"};
    if (!followed.ok() && !is_passing(followed.error()) && followed.error().code != "timeout") {
      return followed;
    }
    TRY(pause_for(look_again_ms, stop_descriptor));
  }
}

}  // namespace evener
