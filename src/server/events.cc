#include "server/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace evener {
namespace {

constexpr Millis heartbeat_ms = 15'000;
constexpr std::size_t bytes_per_write = 64UL * 1024;
constexpr std::string_view first_words = "retry: 1000\n\n";  // ms, before a browser comes again
constexpr std::string_view heartbeat = ":\n\n";
constexpr std::string_view event_end = "\n\n";

// Between two pieces of news, at least: so much, and more the more there are to be told.
constexpr Millis least_news_pause_ms = 20;
constexpr std::size_t watchers_a_millisecond = 2;
constexpr std::size_t subscribers_a_millisecond = 50;  // to write to so many takes a third of one
constexpr Millis sweep_pause_ms = 500;

// What an answer takes of the loop, from the socket and back into it, as was measured.
constexpr std::int64_t answer_us = 60;
constexpr std::int64_t answer_us_a_kib = 2;
constexpr std::int64_t page_share = 50;  // a fiftieth of the loop is for pages
constexpr std::int64_t most_put_off_us = 5'000'000;
constexpr std::size_t most_fresh = 100;  // vital signs in one piece of news

std::string resync(const EventId& last) {
  return fmt::format("event: resync\ndata: {{\"last\":\"{}\"}}\n\n", last.text());
}

std::string first_line_of(const EventId& fact) {
  return fmt::format("id: {}\n", fact.text());
}

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
    : options_(options), began_at_(options.last), read_(std::move(read)) {}

Seq EventFeed::first_remembered() const {
  return Seq{options_.last.value - std::ssize(remembered_) + 1};
}

void EventFeed::publish(const Published& published) {
  CHECK(published.first == options_.last.next(), "facts were published with a gap");
  has_news_ = has_facts_ = true;
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
  if (subscribers_.empty() && watchers_.empty()) return;
  std::string text = "{\"task\":";
  append_json_string(text, vital.task);
  text += ",\"worker\":";
  append_json_string(text, vital.worker);
  text += ",\"progress\":";
  append_object(text, vital.progress);
  text += '}';
  if (!subscribers_.empty()) vitals_ += fmt::format("event: vital\ndata: {}\n\n", text);
  // Those beyond the bound are seen when the views are asked for again.
  if (!watchers_.empty() && (fresh_.size() < most_fresh || fresh_.contains(vital.task))) {
    fresh_.insert_or_assign(vital.task, std::move(text));
    has_news_ = true;
  }
  if (vitals_.size() >= bytes_per_write) feed_all();
}

void EventFeed::subscribe(HttpStream stream, const EventId& after) {
  auto subscriber = std::make_shared<Subscriber>(
      Subscriber{.stream = std::move(stream), .next = after.seq.next(), .last_sent = now_}
  );
  subscriber->stream.on_close([weak = std::weak_ptr(subscriber)] {
    if (const auto gone = weak.lock()) gone->is_over = true;
  });
  send(*subscriber, first_words);
  if (!is_of_this_log(after)) return end_with_resync(*subscriber);
  if (needs_proof(after)) {
    subscriber->next = after.seq;
    subscriber->seen = first_line_of(after);
  }
  subscribers_.push_back(subscriber);
  feed(subscriber);
}

// Who has seen what is not written yet, or was written by another epoch, follows another log than
// this one.
bool EventFeed::is_of_this_log(const EventId& after) const {
  if (after.seq > options_.last || after.epoch > options_.epoch) return false;
  return after.epoch == 0 || after.seq <= began_at_ || after.epoch == options_.epoch;
}

// Whether only the journal knows which epoch wrote the fact.
bool EventFeed::needs_proof(const EventId& after) const {
  return after.epoch > 0 && after.seq.value > 0 && after.seq <= began_at_;
}

void EventFeed::pump(Millis now) {
  now_ = now;
  if (news_due(now) == 0) tell_news();
  if (has_behind_ || now - swept_at_ >= sweep_pause_ms) sweep_watchers();
  if (now - fed_at_ < feed_pause()) return;
  fed_at_ = now;
  has_facts_ = false;
  feed_all();
  subscribers_.remove_if([](const auto& subscriber) { return subscriber->is_over; });
  for (const auto& subscriber : subscribers_) {
    if (now - subscriber->last_sent >= heartbeat_ms) send(*subscriber, heartbeat);
  }
}

// The more there are, the more facts are sent to each at once: what it costs to write to a socket
// is the same for one fact as for many, and without a pause a thousand would leave the loop no
// time.
Millis EventFeed::feed_pause() const {
  return static_cast<Millis>(subscribers_.size() / subscribers_a_millisecond);
}

std::optional<Millis> EventFeed::due(Millis now) const {
  const std::optional<Millis> news = news_due(now);
  if ((!has_facts_ && vitals_.empty()) || subscribers_.empty()) return news;
  const Millis facts = std::max<Millis>(0, fed_at_ + feed_pause() - now);
  return std::min(facts, news.value_or(facts));
}

// Vital signs follow the facts that were published with them, so that who takes those at once is
// level.
void EventFeed::feed_all() {
  for (const auto& subscriber : subscribers_) {
    feed(subscriber);
    if (!vitals_.empty() && takes_vitals(*subscriber)) send(*subscriber, vitals_);
  }
  vitals_.clear();
}

// They are worth something only while they are fresh.
bool EventFeed::takes_vitals(const Subscriber& subscriber) const {
  return !subscriber.is_over && subscriber.has_caught_up && subscriber.next > options_.last &&
         subscriber.stream.queued_bytes() < options_.most_queued_bytes;
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
        if (!page.ok() || !page->events.starts_with(subscriber->seen)) {
          return end_with_resync(*subscriber);
        }
        const bool has_proof = !std::exchange(subscriber->seen, {}).empty();
        const std::size_t from = has_proof ? page->events.find(event_end) + event_end.size() : 0;
        subscriber->next = page->last.next();
        send(*subscriber, std::string_view(page->events).substr(from));
      });
}

void EventFeed::send(Subscriber& subscriber, std::string_view events) {
  subscriber.last_sent = now_;
  if (!subscriber.stream.write(events)) subscriber.is_over = true;
}

void EventFeed::end_with_resync(Subscriber& subscriber) {
  subscriber.is_over = true;
  subscriber.stream.write(resync(last()));
  subscriber.stream.close();
}

// ---- news --------------------------------------------------------------------------------------

void EventFeed::watch(HttpStream stream, const EventId& after) {
  auto watcher = std::make_shared<Watcher>(Watcher{.stream = std::move(stream), .last_sent = now_});
  watcher->stream.on_close([weak = std::weak_ptr(watcher)] {
    if (const auto gone = weak.lock()) gone->is_over = true;
  });
  send_news(*watcher, first_words);
  if (!is_of_this_log(after)) {
    send_news(*watcher, resync(last()));
    return watcher->stream.close();
  }
  watchers_.push_back(watcher);
  if (needs_proof(after)) prove(watcher, after);
  if (after.seq < options_.last) send_news(*watcher, make_news());
}

void EventFeed::prove(const std::shared_ptr<Watcher>& watcher, const EventId& after) {
  const auto compare = [this, watcher, after](const Result<EventPage>& page) {
    if (watcher->is_over || (page.ok() && page->events.starts_with(first_line_of(after)))) return;
    send_news(*watcher, resync(last()));
    watcher->is_over = true;
    watcher->stream.close();
  };
  // Not read when too much waits already: a page asks for its views again anyway.
  static_cast<void>(read_(after.seq, after.seq, compare));
}

Millis EventFeed::news_pause() const {
  return least_news_pause_ms + static_cast<Millis>(watchers_.size() / watchers_a_millisecond);
}

std::optional<Millis> EventFeed::news_due(Millis now) const {
  if (!has_news_ || watchers_.empty()) return std::nullopt;
  const Millis paid_off = (paid_off_us_ + 999) / 1000;
  return std::max<Millis>(0, std::max(told_at_ + news_pause(), paid_off) - now);
}

void EventFeed::charge(std::size_t answer_bytes) {
  const std::int64_t now_us = now_ * 1000;
  const auto kib = static_cast<std::int64_t>(answer_bytes / 1024);
  paid_off_us_ = std::max(paid_off_us_, now_us) + (answer_us + kib * answer_us_a_kib) * page_share;
  paid_off_us_ = std::min(paid_off_us_, now_us + most_put_off_us);
}

std::string EventFeed::make_news() {
  std::string news = fmt::format("id: {}\nevent: news\ndata: {{\"vitals\":[", last().text());
  bool is_first = true;
  for (const auto& [task, vital] : fresh_) {
    if (!is_first) news += ',';
    is_first = false;
    news += vital;
  }
  return news += "]}\n\n";
}

void EventFeed::tell_news() {
  const std::string news = make_news();
  fresh_.clear();
  has_news_ = false;
  told_at_ = now_;
  for (const auto& watcher : watchers_) send_news(*watcher, news);
}

// Looks at each: not with every turn of the loop, since there may be a thousand.
void EventFeed::sweep_watchers() {
  swept_at_ = now_;
  has_behind_ = false;
  for (const auto& watcher : watchers_) {
    if (watcher->is_behind) send_news(*watcher, make_news());
    if (now_ - watcher->last_sent >= heartbeat_ms) send_news(*watcher, heartbeat);
  }
  watchers_.remove_if([](const auto& watcher) { return watcher->is_over; });
}

void EventFeed::send_news(Watcher& watcher, std::string_view news) {
  watcher.is_behind = watcher.stream.queued_bytes() >= options_.most_queued_bytes;
  has_behind_ = has_behind_ || watcher.is_behind;
  if (watcher.is_over || watcher.is_behind) return;
  watcher.last_sent = now_;
  if (!watcher.stream.write(news)) watcher.is_over = true;
}

}  // namespace evener
