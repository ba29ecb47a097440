// The event stream: every fact once, in order, to everybody who subscribed, as Server-Sent Events.
// A subscriber begins where it asks to: what is not in memory any more is read from the history in
// the background until it has caught up. One that has caught up and then falls too far behind is
// told to resynchronise.
//
//   id: 3:120                    epoch and sequence; facts alone have one
//   event: fact                  data: the fact, byte for byte as the journal holds it
//   event: vital                 data: a renewal that is no fact, with its progress
//   event: resync                data: {"last":"3:120"}; the last event of its stream
//
// A page that asks for its views again needs no facts. It subscribes to news: how far the log has
// come, and the newest vital signs, gathered and made once for everybody.
//
//   event: news                  its id: the newest fact; data: {"vitals":[...]}
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/engine.h"
#include "server/http_server.h"

namespace evener {

struct EventId {
  std::int64_t epoch = 0;  // 0: any
  Seq seq;

  std::string text() const;  // "3:120"
};

// "3:120", or "120" alone. Fails with `bad_value`.
Result<EventId> read_event_id(std::string_view text);

// Appends one fact as an event.
void append_fact_event(std::string& out, const EventId& id, std::string_view fact);

// Consecutive facts as events, up to `last`.
struct EventPage {
  std::string events;
  Seq last;
};

struct EventFeedOptions {
  std::int64_t epoch = 1;
  Seq last;                                   // the newest durable fact
  std::size_t remembered_bytes = 4U << 20U;   // of events kept for those a little behind
  std::size_t most_queued_bytes = 256 << 10;  // in a stream, before its reader must take some
  std::size_t most_subscribers = 1000;
};

// Belongs to the loop's thread, like the streams it writes to.
class EventFeed {
 public:
  // Reads a page of facts from `from` on, at most to `to`, and later calls `done` from the loop.
  // False if that cannot be done now.
  using PageRead = std::function<void(Result<EventPage>)>;
  using ReadPage = std::function<bool(Seq from, Seq to, PageRead done)>;

  EventFeed(const EventFeedOptions& options, ReadPage read);

  bool is_full() const { return subscribers() >= options_.most_subscribers; }

  std::size_t subscribers() const { return subscribers_.size() + watchers_.size(); }

  // The newest event.
  EventId last() const { return {options_.epoch, options_.last}; }

  // Sends every fact after `after`, and vital signs as they come.
  void subscribe(HttpStream stream, const EventId& after);

  // Sends news from now on, at once if there are facts after `after`.
  void watch(HttpStream stream, const EventId& after);

  // How long until pump() has facts, vital signs or news to send, at the steady clock's `now`;
  // nothing if there are none.
  std::optional<Millis> due(Millis now) const;

  // Somebody who may follow the news was answered so much. What that took of the loop puts the next
  // news off, since each of them makes every page ask again: all pages together take no more than
  // about a fiftieth of the loop, however many are open, and the news are as much rarer.
  void charge(std::size_t answer_bytes);

  void publish(const Published& published);
  void tell(const Vital& vital);

  // Gives everybody what they can take; `now` is of a steady clock.
  void pump(Millis now);

 private:
  struct Subscriber {
    HttpStream stream;
    Seq next;               // the fact to send next
    std::string seen = {};  // how the event at `next` must begin: that was seen, in this very log
    bool has_caught_up = false;
    bool is_reading = false;  // a page is being read
    bool is_over = false;
    Millis last_sent = 0;
  };

  // One that is sent news.
  struct Watcher {
    HttpStream stream;
    bool is_over = false;
    bool is_behind = false;  // it could take no news when there were some
    Millis last_sent = 0;
  };

  bool is_of_this_log(const EventId& after) const;
  std::optional<Millis> news_due(Millis now) const;
  Millis news_pause() const;
  Millis feed_pause() const;
  std::string make_news();
  void tell_news();
  void send_news(Watcher& watcher, std::string_view news);
  void sweep_watchers();
  Seq first_remembered() const;
  bool needs_proof(const EventId& after) const;
  void prove(const std::shared_ptr<Watcher>& watcher, const EventId& after);
  void feed_all();
  bool takes_vitals(const Subscriber& subscriber) const;
  void feed(const std::shared_ptr<Subscriber>& subscriber);
  void read_on(const std::shared_ptr<Subscriber>& subscriber);
  void send(Subscriber& subscriber, std::string_view events);
  void end_with_resync(Subscriber& subscriber);

  EventFeedOptions options_;  // `last` moves on
  const Seq began_at_;        // the facts up to here are of earlier epochs
  ReadPage read_;
  std::deque<std::string> remembered_;  // the newest events, without gaps
  std::size_t remembered_bytes_ = 0;
  std::list<std::shared_ptr<Subscriber>> subscribers_;
  std::list<std::shared_ptr<Watcher>> watchers_;
  std::map<std::string, std::string> fresh_;  // by task: vital signs that are to be news
  bool has_facts_ = false;                    // that were not sent yet
  std::string vitals_;                        // events for subscribers that were not sent yet
  Millis fed_at_ = 0;                         // when facts and vital signs were sent last
  bool has_news_ = false;
  bool has_behind_ = false;       // a watcher
  Millis told_at_ = 0;            // when news were sent last
  Millis swept_at_ = 0;           // when watchers were looked through
  std::int64_t paid_off_us_ = 0;  // when what pages were answered will be paid off
  Millis now_ = 0;                // of the last pump
};

}  // namespace evener
