#include "server/events.h"

#include <fmt/format.h>

#include <charconv>

namespace evener {
namespace {

constexpr Millis heartbeat_ms = 15'000;
constexpr std::size_t bytes_per_write = 64UL * 1024;
constexpr std::string_view first_words = "retry: 1000\n\n";  // ms, before a browser comes again
constexpr std::string_view heartbeat = ":\n\n";

bool read_number(std::string_view text, std::int64_t& out) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  return problem == std::errc{} && end == text.data() + text.size() && out >= 0;
}

}  // namespace

std::string EventId::text() const {
  return fmt::format("{}:{}", epoch, seq.value);
}

Result<EventId> read_event_id(std::string_view text) {
  EventId id;
  const std::size_t colon = text.find(':');
  const bool has_epoch = colon != std::string_view::npos;
  if ((!has_epoch || read_number(text.substr(0, colon), id.epoch)) &&
      read_number(text.substr(has_epoch ? colon + 1 : 0), id.seq.value)) {
    return id;
  }
  return Error{
      "bad_value",
      fmt::format("'{}' is no event id; expected EPOCH:SEQ or SEQ", text.substr(0, 64)),
      "after"
  };
}

void append_fact_event(std::string& out, const EventId& id, std::string_view fact) {
  constexpr std::size_t words = 80;
  out.reserve(out.size() + fact.size() + words);
  append_json_member(out, "id: ", id.epoch);
  append_json_member(out, ":", id.seq.value);
  out.append("\nevent: fact\ndata: ").append(fact).append("\n\n");
}

EventFeed::EventFeed(const EventFeedOptions& options, ReadPage read)
    : options_(options), read_(std::move(read)) {}

Seq EventFeed::first_remembered() const {
  return Seq{options_.last.value - std::ssize(remembered_) + 1};
}

void EventFeed::publish(const Published& published) {
  CHECK(published.first == options_.last.next(), "facts were published with a gap");
  for (const std::string_view fact : published.facts) {
    options_.last = options_.last.next();
    std::string event;
    append_fact_event(event, last(), fact);
    remembered_bytes_ += event.size();
    remembered_.push_back(std::move(event));
  }
  while (remembered_bytes_ > options_.remembered_bytes) {
    remembered_bytes_ -= remembered_.front().size();
    remembered_.pop_front();
  }
}

void EventFeed::tell(const Vital& vital) {
  if (subscribers_.empty()) return;
  std::string event = "event: vital\ndata: {\"task\":";
  append_json_string(event, vital.task);
  event += ",\"worker\":";
  append_json_string(event, vital.worker);
  event += ",\"progress\":";
  append_object(event, vital.progress);
  event += "}\n\n";
  for (const auto& subscriber : subscribers_) {
    // Vital signs are worth something only while they are fresh.
    const bool is_level = subscriber->has_caught_up && subscriber->next > options_.last &&
                          subscriber->stream.queued_bytes() < options_.most_queued_bytes;
    if (is_level && !subscriber->is_over) send(*subscriber, event);
  }
}

void EventFeed::subscribe(HttpStream stream, const EventId& after) {
  auto subscriber = std::make_shared<Subscriber>(
      Subscriber{.stream = std::move(stream), .next = after.seq.next(), .last_sent = now_}
  );
  subscriber->stream.on_close([weak = std::weak_ptr(subscriber)] {
    if (const auto gone = weak.lock()) gone->is_over = true;
  });
  send(*subscriber, first_words);
  // Who has seen what is not written yet follows another log than this one.
  if (after.epoch > options_.epoch || after.seq > options_.last) {
    return end_with_resync(*subscriber);
  }
  subscribers_.push_back(subscriber);
  feed(subscriber);
}

void EventFeed::pump(Millis now) {
  now_ = now;
  for (const auto& subscriber : subscribers_) feed(subscriber);
  subscribers_.remove_if([](const auto& subscriber) { return subscriber->is_over; });
  for (const auto& subscriber : subscribers_) {
    if (now - subscriber->last_sent >= heartbeat_ms) send(*subscriber, heartbeat);
  }
}

void EventFeed::feed(const std::shared_ptr<Subscriber>& subscriber) {
  std::string events;
  while (!subscriber->is_over && !subscriber->is_reading && subscriber->next <= options_.last &&
         subscriber->stream.queued_bytes() < options_.most_queued_bytes) {
    const Seq first = first_remembered();
    if (subscriber->next < first) {
      if (subscriber->has_caught_up) return end_with_resync(*subscriber);
      return read_on(subscriber);
    }
    events.clear();
    while (subscriber->next <= options_.last && events.size() < bytes_per_write) {
      events += remembered_[static_cast<std::size_t>(subscriber->next.value - first.value)];
      subscriber->next = subscriber->next.next();
    }
    send(*subscriber, events);
  }
  if (subscriber->next > options_.last) subscriber->has_caught_up = true;
}

void EventFeed::read_on(const std::shared_ptr<Subscriber>& subscriber) {
  // When too much waits to be read already, the next pump tries again.
  subscriber->is_reading =
      read_(subscriber->next, options_.last, [this, subscriber](Result<EventPage> page) {
        subscriber->is_reading = false;
        if (subscriber->is_over) return;
        if (!page.ok()) return end_with_resync(*subscriber);
        subscriber->next = page->last.next();
        send(*subscriber, page->events);
      });
}

void EventFeed::send(Subscriber& subscriber, std::string_view events) {
  subscriber.last_sent = now_;
  if (!subscriber.stream.write(events)) subscriber.is_over = true;
}

void EventFeed::end_with_resync(Subscriber& subscriber) {
  subscriber.is_over = true;
  subscriber.stream.write(fmt::format("event: resync\ndata: {{\"last\":\"{}\"}}\n\n", last().text())
  );
  subscriber.stream.close();
}

}  // namespace evener
