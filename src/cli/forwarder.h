// Follows a pool's log and hands the chosen facts to a receiver: in order, one at a time, each
// again and again until it has it. The position moves behind a fact once that is delivered, so a
// fact is delivered at least once, however the process ends.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/forward_choice.h"
#include "cli/forward_place.h"
#include "cli/forward_receiver.h"
#include "client/client.h"

namespace evener {

struct ForwardOptions {
  FactChoice choice = {};
  std::string from = "now";  // where a new name begins: now, start, or behind a sequence
  bool once = false;         // ends when it has come to what is now the log's end
  std::int64_t give_up = 0;  // attempts; 0: never
  bool skip = false;         // passes over what was given up; else it ends there
};

struct ForwardSummary {
  std::int64_t delivered = 0;
  std::int64_t passed_over = 0;
  Seq position = {};
};

inline constexpr Millis first_backoff_ms = 1000;
inline constexpr Millis longest_backoff_ms = 5LL * 60 * 1000;
inline constexpr Millis longest_retry_after_ms = 60LL * 60 * 1000;

// The pause behind the given attempt, from 1: it doubles from a second to five minutes, less a part
// of it, at most the half, that `chance` (0 to 999) decides; or what the receiver asked for, up to
// an hour, if that is longer.
Millis backoff_after(std::int64_t attempt, int chance, std::optional<Millis> asked);

class Forwarder {
 public:
  struct Outside {
    Client& client;
    const ForwardPlace& place;
    Receiver& receiver;
    Clock& clock;
    std::function<bool(Millis)> pause;          // false: told to stop
    std::function<void(std::string_view)> say;  // to people
  };

  Forwarder(ForwardOptions options, Outside outside)
      : options_(std::move(options)), outside_(std::move(outside)) {}

  // Until it is told to stop, or with `once` the end is reached. Fails with `gone` (the receiver
  // wants no more), `gave_up`, `other_log` (the position is not of this log: of another pool, or of
  // what an older copy of it has lost), and what the client and the disk answer.
  Result<ForwardSummary> run();

 private:
  // A fact that is to be delivered, and the places on both sides of it.
  struct Chosen {
    Fact fact;
    LogPlace before;
    LogPlace behind;
  };

  Status begin();

  // Whether `place` is of this log, and what it does not say yet of that. Fails with `other_log`,
  // or as the client does.
  Status check_log(LogPlace& place);

  // False when it was told to stop, or has come to the end.
  Result<bool> read_on();
  Status read_some();
  Status take(const Fact& fact);

  // False if it was told to stop.
  Result<bool> deliver(const Fact& fact);
  Status tell_trouble(const ForwardTrouble& trouble);

  ForwardOptions options_;
  Outside outside_;
  ForwardCard card_;
  std::string pool_;
  Seq end_;                    // of the log, when this began
  LogPlace position_;          // facts up to there are dealt with
  LogPlace read_;              // and up to there, looked at
  std::deque<Chosen> chosen_;  // those of them that are to be delivered
  Seq written_;                // the position that the place knows
  ForwardSummary summary_;
};

}  // namespace evener
