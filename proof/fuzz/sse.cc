// An event stream as a client reads it. Where the bytes are cut must make no difference.
#include "client/sse.h"

#include "fuzz/target.h"

namespace evener::fuzz {
namespace {

constexpr std::size_t most_event_bytes = 4096;

struct Heard {
  std::vector<SseEvent> events = {};
  std::string last_id = {};
  bool is_too_large = false;

  bool operator==(const Heard&) const = default;
};

Heard heard(std::string_view bytes, std::size_t step) {
  SseParser parser(most_event_bytes);
  Heard heard;
  while (!bytes.empty()) {
    auto events = parser.feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    if (!events.ok()) return {.is_too_large = true};
    heard.events.insert(heard.events.end(), events->begin(), events->end());
  }
  heard.last_id = parser.last_event_id();
  return heard;
}

}  // namespace
}  // namespace evener::fuzz

FUZZ_TARGET(sse) {
  const std::size_t step = take_choice(bytes) + 1;
  CHECK(
      heard(bytes, bytes.size() + 1) == heard(bytes, step), "cut otherwise, it says something else"
  );
}
