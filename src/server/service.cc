#include "server/service.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <thread>
#include <utility>

namespace evener {
namespace {

constexpr Millis longest_pause_ms = 250;
constexpr Millis news_pause_ms = 500;

std::uint64_t micros_since(std::chrono::steady_clock::time_point start) {
  const auto passed = std::chrono::steady_clock::now() - start;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(passed).count()
  );
}

}  // namespace

Service::Service(boost::asio::io_context& loop, const ServiceParts& parts)
    : loop_(loop),
      work_(loop.get_executor()),
      parts_(parts),
      reading_(parts.clock.read()),
      appender_(loop, 1, Background::Idle::looks_again) {}

Status Service::run() {
  while (!is_over_ || parts_.engine.is_appending()) TRY(turn());
  return Done{};
}

void Service::fail(Error failure) {
  if (!failure_) failure_ = std::move(failure);
}

// Waits for input, takes what has come, and then settles: from within the loop, since that is where
// answers may be given. What is ready goes first, so that one batch takes it all; what comes later
// has to wait for the next turn, so that input without end cannot put off the batch.
Status Service::turn() {
  take_input();
  std::optional<Status> settled;
  boost::asio::post(loop_, [&] { settled = settle(); });
  while (!settled) loop_.poll_one();
  return *settled;
}

// Looks again before it sleeps when requests come thick, and not for renewals, which may wait.
void Service::take_input() {
  const std::chrono::milliseconds longest(patience());
  if (pace_.may_pause() && !parts_.engine.is_appending()) {
    std::this_thread::sleep_for(RenewalPace::pause);
  } else if (longest.count() > 0) {
    if (attention_.finds([&] { return loop_.poll_one() > 0; })) return;
    loop_.run_one_for(longest);
    return attention_.has_slept();
  }
  loop_.run_one_for(longest);
}

Status Service::settle() {
  if (failure_) return *failure_;
  let_time_pass();
  TRY(append());
  deliver();
  const bool is_level = !parts_.engine.has_batch() && !parts_.engine.is_appending();
  if (is_level && is_news_due()) tell_news();
  if (is_level && is_stopping_) give_up_waiting();
  parts_.feed.pump(reading_.monotonic);
  return Done{};
}

// How long the loop may sleep if nothing comes.
Millis Service::patience() const {
  const Engine& engine = parts_.engine;
  if (is_over_ || (engine.has_batch() && !engine.is_appending())) return 0;
  const Millis due = parts_.feed.due(reading_.monotonic).value_or(longest_pause_ms);
  const Millis longest = std::clamp<Millis>(due, 1, longest_pause_ms);
  const Instant deadline = engine.next_deadline();
  if (deadline == 0) return longest;
  // What was due at the last tick and is still there waits for another, later one.
  return std::clamp<Millis>(deadline - engine.now(), 1, longest);
}

void Service::let_time_pass() {
  if (parts_.clock.monotonic() == reading_.monotonic) return;
  reading_ = parts_.clock.read();
  parts_.engine.tick(reading_);
}

// ---- in ----------------------------------------------------------------------------------------

void Service::submit(const Author& author, std::vector<Request> requests, Answered answered) {
  let_time_pass();
  ++gathered_;
  ++counts_.requests;
  counts_.commands += requests.size();
  const bool is_calm = std::ranges::all_of(requests, [](const Request& request) {
    return std::holds_alternative<Renew>(request.command);
  });
  pace_.took(is_calm, reading_.monotonic);
  if (is_stopping_) {
    for (Request& request : requests) {
      if (auto* claim = std::get_if<Claim>(&request.command)) claim->wait_ms = 0;
    }
  }
  const RequestTag tag = ++last_tag_;
  waiting_.emplace(tag, std::move(answered));
  parts_.engine.submit(tag, author, std::move(requests));
}

void Service::read(const Engine::Read& read, Answered answered) {
  let_time_pass();
  pace_.took(false, reading_.monotonic);
  const RequestTag tag = ++last_tag_;
  waiting_.emplace(tag, std::move(answered));
  parts_.engine.read(tag, read);
}

bool Service::forget(RequestTag tag) {
  if (!parts_.engine.forget(tag)) return false;
  waiting_.erase(tag);
  return true;
}

// ---- appends -----------------------------------------------------------------------------------

Status Service::append() {
  // Those who are told the news are told what is durable, so nothing may be under way then.
  const bool must_be_level = is_news_due();
  bool is_alone = gathered_ <= 1 && !attention_.is_alert();
  while (!parts_.engine.is_appending()) {
    std::optional<Batch> batch = parts_.engine.next_batch();
    if (!batch) break;
    gathered_ = 0;
    if (is_alone || must_be_level) {
      TRY(append_here(*batch));
    } else {
      append_aside(std::move(*batch));
    }
    is_alone = false;  // a request of many batches holds nobody up for longer than one takes
  }
  return Done{};
}

Status Service::append_here(const Batch& batch) {
  const auto start = std::chrono::steady_clock::now();
  const Append outcome = parts_.journal.append(batch);
  ++counts_.inline_batches;
  return appended(outcome, micros_since(start));
}

void Service::append_aside(Batch batch) {
  const bool taken = appender_.start([this, &journal = parts_.journal, batch = std::move(batch)]() {
    const auto start = std::chrono::steady_clock::now();
    const Append outcome = journal.append(batch);
    return [this, outcome, took_us = micros_since(start)] {
      const Status status = appended(outcome, took_us);
      if (!status.ok()) fail(status.error());
    };
  });
  CHECK(taken, "two appends at a time");
}

Status Service::appended(Append outcome, std::uint64_t took_us) {
  ++counts_.batches;
  counts_.append_us += took_us;
  if (outcome != Append::durable) return parts_.journal.last_error();
  parts_.engine.appended();
  return Done{};
}

// ---- out ---------------------------------------------------------------------------------------

void Service::deliver() {
  for (;;) {
    Effects effects = parts_.engine.take_effects();
    if (effects.published.empty() && effects.vitals.empty() && effects.replies.empty()) return;
    for (const Published& published : effects.published) {
      counts_.facts += published.facts.size();
      has_news_ = true;
      parts_.feed.publish(published);
    }
    for (const Vital& vital : effects.vitals) parts_.feed.tell(vital);
    for (Reply& reply : effects.replies) {
      const auto waiting = waiting_.find(reply.tag);
      if (waiting == waiting_.end()) continue;
      const Answered answered = std::move(waiting->second);
      waiting_.erase(waiting);
      answered(std::move(reply.body));
    }
  }
}

// Everything is durable and answered: who still waits, waits for a task.
void Service::give_up_waiting() {
  for (auto& [tag, answered] : std::exchange(waiting_, {})) {
    parts_.engine.forget(tag);
    answered(Error{"stopping", "the server is stopping; ask again"});
  }
}

bool Service::is_news_due() const {
  return has_news_ && parts_.on_facts && reading_.monotonic - told_at_ >= news_pause_ms;
}

void Service::tell_news() {
  has_news_ = false;
  told_at_ = reading_.monotonic;
  parts_.on_facts(parts_.engine.pool(), parts_.engine.now());
}

}  // namespace evener
