// Reads Server-Sent Events from bytes as they arrive: the event stream format of the HTML standard,
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace evener {

struct SseEvent {
  std::string type = "message";
  std::string data = {};
  std::string id = {};  // the last id seen so far: an event without one carries on the id before it

  bool operator==(const SseEvent&) const = default;
};

class SseParser {
 public:
  explicit SseParser(std::size_t max_event_bytes = 16UL * 1024 * 1024)
      : max_event_bytes_(max_event_bytes) {}

  // The events that these bytes complete. Where the bytes are cut makes no difference; what is left
  // of an event at the end of the stream is no event. Fails with `event_too_large`, after
  // which the parser is of no more use.
  Result<std::vector<SseEvent>> feed(std::string_view bytes);

  // To be shown as Last-Event-ID on the next connection. Of the last event that was completed.
  const std::string& last_event_id() const { return last_event_id_; }

  // What the server asked to wait before connecting again, if it did.
  std::optional<Millis> retry_ms() const { return retry_ms_; }

 private:
  void take_line(std::string_view line, std::vector<SseEvent>& events);
  void take_field(std::string_view name, std::string_view value);
  void end_event(std::vector<SseEvent>& events);

  std::size_t max_event_bytes_;
  std::string line_;  // begun, and not yet ended
  bool is_at_start_ = true;
  bool skips_line_feed_ = false;  // the last line ended with a CR, which an LF may complete
  std::string type_;
  std::string data_;
  std::string id_;
  std::string last_event_id_;
  std::optional<Millis> retry_ms_;
};

}  // namespace evener
