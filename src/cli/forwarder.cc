#include "cli/forwarder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

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
         code == "connection_lost" || code == "timeout" || code == "resync" ||
         code == "access_unreadable" || code == "overloaded" || code == "stopping";
}

int chance() {
  unsigned int number = 0;
  const std::string hex = random_hex(4);
  std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  return static_cast<int>(number % 1000);
}

// The log's end, and the fact with that number, if there is one.
struct LogLook {
  Seq end;
  std::optional<Fact> fact;
};

Result<LogLook> look_at(Client& client, Seq seq) {
  Query query;
  query.kind = QueryKind::log;
  query.limit = 1;
  query.after = Seq{std::max<std::int64_t>(seq.value - 1, 0)};
  const auto log = TRY(ask_for<LogView>(client, query));
  LogLook look{.end = log.end, .fact = {}};
  if (log.facts.empty()) return look;
  const Json json = TRY(parse_json(log.facts.front().text));
  Fact fact = TRY(read_fact(json));
  if (fact.seq == seq) look.fact = std::move(fact);
  return look;
}

Error other_log(const std::string& why) {
  return {"other_log", why + "; to begin anew: evener forward NAME --forget"};
}

Error lost_history(Seq seq) {
  return other_log(fmt::format(
      "fact {} is not the one that was dealt with: an older copy of the pool was put back since",
      seq.value
  ));
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
  const LogLook first = TRY(look_at(outside_.client, Seq{1}));
  end_ = first.end;
  if (first.fact) {
    if (const auto* made = std::get_if<PoolCreated>(&first.fact->body)) pool_ = made->pool;
  }
  const Seq start = TRY(beginning(options_.from, end_));
  const std::optional<LogPlace> known = TRY(outside_.place.position());
  position_ = known.value_or(LogPlace{.seq = start, .pool = {}, .fact = {}});
  TRY(check_log(position_));
  card_.choice = options_.choice;
  TRY(outside_.place.describe(card_));
  if (known != position_) TRY(outside_.place.move_to(position_, true));
  written_ = position_.seq;
  read_ = position_;
  return Done{};
}

// A place that says nothing of its log, as older versions wrote it, is taken for one of this log.
Status Forwarder::check_log(LogPlace& place) {
  if (!place.pool.empty() && place.pool != pool_) {
    return other_log(
        fmt::format("its position is in the pool {}, and this is {}", place.pool, pool_)
    );
  }
  const LogLook look = TRY(look_at(outside_.client, place.seq));
  if (place.seq > look.end) {
    return other_log(fmt::format(
        "it is to go on behind fact {}, and the log ends with {}: an older copy was put back, or "
        "it "
        "is another pool",
        place.seq.value,
        look.end.value
    ));
  }
  LogPlace found{.seq = place.seq, .pool = pool_, .fact = {}};
  if (look.fact) found = place_behind(*look.fact, pool_);
  if (!place.fact.empty() && place.fact != found.fact) return lost_history(place.seq);
  place = std::move(found);
  return Done{};
}

Result<ForwardSummary> Forwarder::run() {
  TRY(begin());
  for (;;) {
    if (chosen_.empty() && !TRY(read_on())) break;
    Chosen next = std::move(chosen_.front());
    chosen_.pop_front();
    position_ = std::move(next.before);
    if (!TRY(deliver(next.fact))) break;
    position_ = std::move(next.behind);
    written_ = position_.seq;
    TRY(outside_.place.move_to(position_, true));
    if (chosen_.empty()) position_ = read_;
  }
  if (position_.seq > written_) TRY(outside_.place.move_to(position_, false));
  summary_.position = position_.seq;
  return summary_;
}

Status Forwarder::take(const Fact& fact) {
  LogPlace before = std::exchange(read_, place_behind(fact, pool_));
  if (options_.choice.matches(fact)) chosen_.push_back({fact, std::move(before), read_});
  if (!chosen_.empty()) return Done{};
  position_ = read_;
  if (position_.seq.value - written_.value < facts_between_writes) return Done{};
  written_ = position_.seq;
  return outside_.place.move_to(position_, false);
}

// The stream is not held while a fact is being delivered: that may take hours, and a reader that
// stands still would be dropped. So what has piled up is read in pieces, what is new one by one.
// Each piece begins with the fact that was read last: the log may be another one by now.
Status Forwarder::read_some() {
  Status taken = Done{};
  const Seq from{std::max<std::int64_t>(read_.seq.value - 1, 0)};
  const Status followed = outside_.client.follow(from, [&](const PoolEvent& event) {
    const auto* fact = std::get_if<Fact>(&event);
    if (fact == nullptr) return true;
    if (fact->seq <= read_.seq) {
      if (place_behind(*fact, pool_) != read_) taken = lost_history(read_.seq);
      return taken.ok();
    }
    taken = take(*fact);
    const bool is_behind = read_.seq < end_ && chosen_.size() < facts_at_once;
    return taken.ok() && (chosen_.empty() || is_behind) && !(options_.once && read_.seq >= end_);
  });
  TRY(taken);
  return chosen_.empty() ? followed : Status(Done{});
}

Result<bool> Forwarder::read_on() {
  std::string trouble;
  for (;;) {
    if (options_.once && read_.seq >= end_) return false;
    const Status status = read_some();
    if (!chosen_.empty()) return true;
    if (status.ok()) continue;
    const Error& error = status.error();
    if (error.code == "interrupted") return false;
    if (!is_passing(error.code)) return error;
    if (error.code == "resync") {
      const Status checked = check_log(read_);
      if (!checked.ok() && !is_passing(checked.error().code)) return checked.error();
    }
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
