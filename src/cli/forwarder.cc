#include "cli/forwarder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/random.h"
#include "views/terminal.h"

namespace evener {
namespace {

// A long stretch that nobody chose is not read again by a restart.
constexpr std::int64_t facts_between_writes = 1000;
constexpr std::size_t facts_at_once = 256;
constexpr Millis look_again_ms = 1000;

// Whether the pool may answer again.
bool is_passing(const std::string& code) {
  return code == "unreachable" || code == "connection_closed_unsent" || code == "reply_lost" ||
         code == "connection_lost" || code == "timeout" || code == "resync";
}

int chance() {
  unsigned int number = 0;
  const std::string hex = random_hex(4);
  std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  return static_cast<int>(number % 1000);
}

Result<Seq> end_of_log(Client& client) {
  Query query;
  query.kind = QueryKind::log;
  query.limit = 1;
  return TRY(ask_for<LogView>(client, query)).end;
}

// From the log's first fact.
Result<std::string> pool_id(Client& client) {
  std::string id;
  TRY(client.follow(Seq{0}, [&](const PoolEvent& event) {
    const auto* fact = std::get_if<Fact>(&event);
    if (fact == nullptr) return true;
    if (const auto* created = std::get_if<PoolCreated>(&fact->body)) id = created->pool;
    return false;
  }));
  return id;
}

Result<Seq> beginning(const std::string& from, Seq end) {
  if (from == "now") return end;
  if (from == "start") return Seq{0};
  std::int64_t seq = -1;
  const char* const last = from.data() + from.size();
  const auto [stop, failure] = std::from_chars(from.data(), last, seq);
  if (failure == std::errc() && stop == last && seq >= 0) return Seq{seq};
  return Error{
      "usage",
      fmt::format("expected now, start or the number of a fact, found '{}'", from.substr(0, 64)),
      "--from"
  };
}

std::string title_of(const Fact& fact) {
  const std::string_view task = task_of(fact.body);
  return fmt::format(
      "fact {} ({}{}{})", fact.seq.value, type_of(fact.body), task.empty() ? "" : " ", task
  );
}

}  // namespace

Millis backoff_after(std::int64_t attempt, int chance, std::optional<Millis> asked) {
  constexpr std::int64_t most_doublings = 9;  // 512 s: beyond the longest
  const Millis whole =
      std::min(longest_backoff_ms, first_backoff_ms << std::min(attempt - 1, most_doublings));
  const Millis pause = whole - whole / 2 * chance / 1000;
  return std::max(pause, std::min(asked.value_or(0), longest_retry_after_ms));
}

Status Forwarder::begin() {
  Client& client = outside_.client;
  end_ = TRY(end_of_log(client));
  const Seq start = TRY(beginning(options_.from, end_));
  const std::optional<Seq> known = TRY(outside_.place.position());
  position_ = known.value_or(start);
  if (position_ > end_) {
    return Error{
        "other_log",
        fmt::format(
            "it is to go on behind fact {}, and the log ends with {}: another pool, or an older "
            "copy of it; to begin anew: evener forward NAME --forget",
            position_.value,
            end_.value
        )
    };
  }
  pool_ = TRY(pool_id(client));
  card_.choice = options_.choice;
  TRY(outside_.place.describe(card_));
  if (!known) TRY(outside_.place.move_to(position_, true));
  written_ = position_;
  read_ = position_;
  return Done{};
}

Result<ForwardSummary> Forwarder::run() {
  TRY(begin());
  for (;;) {
    if (chosen_.empty() && !TRY(read_on())) break;
    const Fact fact = std::move(chosen_.front());
    chosen_.pop_front();
    position_ = Seq{fact.seq.value - 1};
    if (!TRY(deliver(fact))) break;
    position_ = fact.seq;
    written_ = position_;
    TRY(outside_.place.move_to(position_, true));
    if (chosen_.empty()) position_ = read_;
  }
  if (position_ > written_) TRY(outside_.place.move_to(position_, false));
  summary_.position = position_;
  return summary_;
}

Status Forwarder::take(const Fact& fact) {
  read_ = fact.seq;
  if (options_.choice.matches(fact)) chosen_.push_back(fact);
  if (!chosen_.empty()) return Done{};
  position_ = read_;
  if (position_.value - written_.value < facts_between_writes) return Done{};
  written_ = position_;
  return outside_.place.move_to(position_, false);
}

// The stream is not held while a fact is being delivered: that may take hours, and a reader that
// stands still would be dropped. So what has piled up is read in pieces, what is new one by one.
Status Forwarder::read_some() {
  Status taken = Done{};
  const Status followed = outside_.client.follow(read_, [&](const PoolEvent& event) {
    const auto* fact = std::get_if<Fact>(&event);
    if (fact == nullptr) return true;
    taken = take(*fact);
    const bool is_behind = read_ < end_ && chosen_.size() < facts_at_once;
    return taken.ok() && (chosen_.empty() || is_behind) && !(options_.once && read_ >= end_);
  });
  TRY(taken);
  return chosen_.empty() ? followed : Status(Done{});
}

Result<bool> Forwarder::read_on() {
  std::string trouble;
  for (;;) {
    if (options_.once && read_ >= end_) return false;
    const Status status = read_some();
    if (!chosen_.empty()) return true;
    if (status.ok()) continue;
    const Error& error = status.error();
    if (error.code == "interrupted") return false;
    if (!is_passing(error.code)) return error;
    if (error.text() != trouble) outside_.say("warning: " + safe_text(error.text()));
    trouble = error.text();
    if (!outside_.pause(look_again_ms)) return false;
  }
}

Status Forwarder::tell_trouble(const ForwardTrouble& trouble) {
  if (trouble == card_.trouble) return Done{};
  card_.trouble = trouble;
  return outside_.place.describe(card_);
}

Result<bool> Forwarder::deliver(const Fact& fact) {
  ForwardedFact forwarded{.fact = fact, .json = {}, .pool = pool_};
  append_fact(forwarded.json, fact);
  for (std::int64_t attempt = 1;; ++attempt) {
    const Delivery delivery = outside_.receiver.deliver(forwarded);
    if (delivery.outcome == Delivery::Outcome::stopped) return false;
    if (delivery.outcome == Delivery::Outcome::delivered) {
      ++summary_.delivered;
      TRY(tell_trouble({}));
      return true;
    }
    const std::string problem = safe_line(delivery.problem);
    TRY(tell_trouble({problem.substr(0, 1000), attempt, outside_.clock.read().wall}));
    if (delivery.outcome == Delivery::Outcome::gone) {
      return Error{"gone", fmt::format("the receiver wants no more: {}", problem), title_of(fact)};
    }
    if (options_.give_up > 0 && attempt >= options_.give_up) {
      outside_.say(fmt::format(
          "{}: given up after {} attempts: {}\n{}", title_of(fact), attempt, problem, forwarded.json
      ));
      if (!options_.skip) return Error{"gave_up", problem, title_of(fact)};
      ++summary_.passed_over;
      return true;
    }
    const Millis wait = backoff_after(attempt, chance(), delivery.wait_ms);
    outside_.say(fmt::format(
        "{}: attempt {}: {}; again in {}", title_of(fact), attempt, problem, format_duration(wait)
    ));
    if (!outside_.pause(wait)) return false;
  }
}

}  // namespace evener
