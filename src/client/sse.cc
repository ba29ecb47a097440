#include "client/sse.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace evener {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

Result<std::vector<SseEvent>> SseParser::feed(std::string_view bytes) {
  std::vector<SseEvent> events;
  while (!bytes.empty()) {
    if (std::exchange(skips_line_feed_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + data_.size() + part.size() > max_event_bytes_) {
      return Error{
          "event_too_large", fmt::format("an event is larger than {} bytes", max_event_bytes_)
      };
    }
    line_ += part;
    if (end == std::string_view::npos) break;
    skips_line_feed_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(line_, events);
    line_.clear();
  }
  return events;
}

void SseParser::take_line(std::string_view line, std::vector<SseEvent>& events) {
  if (std::exchange(is_at_start_, false) && line.starts_with(byte_order_mark)) {
    line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) return end_event(events);
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
  }
  take_field(line.substr(0, colon), value);
}

void SseParser::take_field(std::string_view name, std::string_view value) {
  if (name == "event") {
    type_ = value;
  } else if (name == "data") {
    data_.append(value).append("\n");
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == value.npos;
    Millis wait = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), wait);
    if (is_number && read.ec == std::errc()) retry_ms_ = wait;
  }
}

void SseParser::end_event(std::vector<SseEvent>& events) {
  last_event_id_ = id_;
  std::string type = std::exchange(type_, {});
  std::string data = std::exchange(data_, {});
  if (data.empty()) return;
  data.pop_back();  // the line feed after the last data line
  if (type.empty()) type = "message";
  events.push_back({.type = std::move(type), .data = std::move(data), .id = last_event_id_});
}

}  // namespace evener
