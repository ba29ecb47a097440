// A pool at work: the loop on which its engine decides, the appends of what it decided, and
// everybody who waits for an answer. It knows nothing of HTTP.
//
// While one append runs, the next batch gathers: another thread appends, and the loop goes on
// deciding. When requests come thick, both stay awake for the next, and to hand a batch over costs
// little. When they do not, and a batch comes from one request, it is appended right here: that
// saves two changes of threads, which then cost as much as the flush itself.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/engine.h"
#include "engine/journals.h"
#include "server/attention.h"
#include "server/background.h"
#include "server/events.h"
#include "server/renewal_pace.h"

namespace evener {

// What a service has done since it began.
struct ServiceCounts {
  std::uint64_t requests = 0;  // of commands
  std::uint64_t commands = 0;
  std::uint64_t facts = 0;
  std::uint64_t batches = 0;
  std::uint64_t inline_batches = 0;  // of these, appended on the loop's thread
  std::uint64_t append_us = 0;       // microseconds that appends took together
};

struct ServiceParts {
  Engine& engine;
  Journal& journal;  // the writer's; the loop and the appending thread use it in turn
  EventFeed& feed;
  Clock& clock;
  // Called at most twice a second, when facts changed, with the pool as it is on the disk.
  std::function<void(const Pool& pool, Instant now)> on_facts = {};
};

// Everything but its inner thread belongs to the loop's thread.
class Service {
 public:
  // The answer's text, or why there will be none: `stopping`.
  using Answered = std::function<void(Result<std::string>)>;

  // The loop outlives this.
  Service(boost::asio::io_context& loop, const ServiceParts& parts);

  // Runs the loop until stop(), or until fail() or a failed append: then nothing that waits may be
  // answered any more, and the process must end.
  Status run();

  // From now on claims do not wait, and those that wait already are given up; the rest is answered.
  void begin_stop() { is_stopping_ = true; }

  bool is_stopping() const { return is_stopping_; }

  void stop() { is_over_ = true; }

  void fail(Error failure);

  // The tag that the next request gets.
  RequestTag next_tag() const { return last_tag_ + 1; }

  // Answers once the facts are durable, and never before this returns.
  void submit(const Author& author, std::vector<Request> requests, Answered answered);

  // Answers with what `read` makes of the pool, once what it saw is durable.
  void read(const Engine::Read& read, Answered answered);

  // Gives up a claim that waits for a task, which then gets no answer. False if none waits under
  // that tag: what is decided already is still answered.
  bool forget(RequestTag tag);

  const Engine& engine() const { return parts_.engine; }

  const ServiceCounts& counts() const { return counts_; }

 private:
  Status turn();
  void take_input();
  Status settle();
  Millis patience() const;
  void let_time_pass();
  Status append();
  Status append_here(const Batch& batch);
  void append_aside(Batch batch);
  Status appended(Append outcome, std::uint64_t took_us);
  void deliver();
  void give_up_waiting();
  bool is_news_due() const;
  void tell_news();

  boost::asio::io_context& loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  ServiceParts parts_;
  ServiceCounts counts_;
  boost::unordered_flat_map<RequestTag, Answered> waiting_;
  RequestTag last_tag_ = 0;
  std::size_t gathered_ = 0;  // requests since the last batch was taken
  RenewalPace pace_;
  Attention attention_;
  ClockReading reading_;  // of the engine's last tick
  Millis told_at_ = 0;    // when on_facts was called last, on the monotonic clock
  bool has_news_ = false;
  bool is_stopping_ = false;
  bool is_over_ = false;
  std::optional<Error> failure_;
  Background appender_;
};

}  // namespace evener
