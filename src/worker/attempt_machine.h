// One attempt as its runner sees it, from the claim to what is to be said of it: when to run,
// verify, renew, and kill. A step machine without I/O: time is a parameter, what happened goes in,
// what is to be done comes out.
//
// The worker's own deadline counts from when the claim, or the renewal that was accepted last, was
// *sent*, so that it is never later than the pool's. When it comes near without news from the pool,
// the command is ended, so that it is gone before anybody else may begin.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/evidence.h"
#include "worker/process.h"

namespace evener {

// Times are of the boot clock (ClockReading::boot), which runs through sleep.
struct AttemptTerms {
  bool has_verify = false;
  Millis claimed_at = 0;  // when the claim was first sent
  Millis lease_ms = 0;
  Millis grace_ms = 5000;  // from SIGTERM to SIGKILL when the worker is stopped
  Millis progress_ms = 0;  // how soon new progress is told; 0: with the next renewal
};

enum class AttemptStage { running, verifying };

template <>
struct EnumNames<AttemptStage> {
  static constexpr std::array<std::string_view, 2> names{"running", "verifying"};
};

// How an attempt ends for its runner. Of an abandoned one nothing is told to the pool.
struct Verdict {
  enum class Kind { finished, failed, released, abandoned };
  Kind kind = Kind::finished;
  std::string reason = {};
  bool elsewhere = false;  // released: this worker should not be the next to try
  bool refused = false;    // abandoned: the pool has said so

  bool operator==(const Verdict&) const = default;
};

// What happened. A process that was to be spawned runs until it is said to have exited.
namespace attempt_input {

struct Begun {};

struct CannotStart {
  std::string reason;
};

struct Printed {
  Progress progress;
};

struct Exited {
  Exit exit;
};

struct Tick {};

// Answers to the renewal that was sent last.
struct Renewed {};

struct RenewalRefused {
  std::string reason;
  bool closed = false;  // the attempt itself has finished or failed the task: nobody else begins it
};

struct Unreachable {};

struct StopRequested {
  bool at_once = false;  // without the time that a command is given to end by itself
};

}  // namespace attempt_input

using AttemptInput = std::variant<
    attempt_input::Begun,
    attempt_input::CannotStart,
    attempt_input::Printed,
    attempt_input::Exited,
    attempt_input::Tick,
    attempt_input::Renewed,
    attempt_input::RenewalRefused,
    attempt_input::Unreachable,
    attempt_input::StopRequested>;

// What is to be done.
namespace attempt_effect {

struct Spawn {
  AttemptStage stage;
  bool operator==(const Spawn&) const = default;
};

struct SendRenewal {
  Progress progress;
  bool operator==(const SendRenewal&) const = default;
};

// SIGTERM now, SIGKILL after `grace`.
struct Kill {
  Millis grace;
  bool operator==(const Kill&) const = default;
};

// The last effect: no process runs.
struct Settle {
  Verdict verdict;
  bool operator==(const Settle&) const = default;
};

}  // namespace attempt_effect

using AttemptEffect = std::variant<
    attempt_effect::Spawn,
    attempt_effect::SendRenewal,
    attempt_effect::Kill,
    attempt_effect::Settle>;

// "ended with exit 3", "was ended by signal 9".
std::string describe_exit(const Exit& exit);

// The exit code with which a command says that it could not be done here and now (EX_TEMPFAIL).
inline constexpr int try_elsewhere_exit = 75;

class AttemptMachine {  // Invariant: at most one process runs, and one renewal is unanswered.
 public:
  explicit AttemptMachine(const AttemptTerms& terms);

  // `now` never goes back. The first input is Begun; after Settle there is no other.
  std::vector<AttemptEffect> step(Millis now, const AttemptInput& input);

  // Until when its command may run if this machine is not stepped any more, as while its process is
  // stopped. A little after it would be ended here, so that whoever is awake comes first.
  TimeLimit time_limit() const;

  // When the next Tick is due, if nothing happens before.
  Millis next_tick() const;

  bool over() const { return phase_ == Phase::over; }

 private:
  enum class Phase { new_born, running, verifying, ending, over };

  void take(Millis now, const attempt_input::Begun& input);
  void take(Millis now, const attempt_input::CannotStart& input);
  void take(Millis now, const attempt_input::Printed& input);
  void take(Millis now, const attempt_input::Exited& input);
  void take(Millis now, const attempt_input::Tick& input);
  void take(Millis now, const attempt_input::Renewed& input);
  void take(Millis now, const attempt_input::RenewalRefused& input);
  void take(Millis now, const attempt_input::Unreachable& input);
  void take(Millis now, const attempt_input::StopRequested& input);

  void run_exited(Millis now, const Exit& exit);
  void spawn(AttemptStage stage);
  void end(Millis grace, Verdict verdict);
  void settle(Verdict verdict);
  void let_time_pass(Millis now);
  Verdict lapse(Millis now) const;
  bool renews() const;
  Millis kill_at() const;
  Millis renewal_due() const;

  AttemptTerms terms_;
  Phase phase_ = Phase::new_born;
  Millis deadline_;
  Millis last_sent_;                    // of the claim or the newest renewal
  Millis next_renewal_;                 // at the latest
  std::optional<Millis> renewal_sent_;  // of the one that is unanswered
  bool reachable_ = true;
  bool lapsing_ = false;  // ended because the deadline came near; a late renewal softens that
  bool lost_ = false;     // the pool has refused this holder
  bool closed_ = false;   // lost, and the command may come to its own end
  Progress progress_;
  Progress told_;
  Verdict verdict_;  // while ending, or closed
  std::vector<AttemptEffect> effects_;
};

}  // namespace evener
