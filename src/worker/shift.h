// What the slots of one worker share: its options, what is counted and said, and the stop.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "worker/passed_over.h"
#include "worker/runner.h"
#include "worker/signal_fd.h"

namespace evener {

// May be used by many threads.
class Shift {
 public:
  Shift(const RunnerOptions& options, Clock& clock, const RunnerLog& log)
      : options_(options), clock_(clock), log_(log) {}

  const RunnerOptions& options() const { return options_; }

  Clock& clock() { return clock_; }

  Millis now() { return clock_.read().boot; }

  PassedOver& passed_over() { return passed_over_; }

  void say(std::string_view line);

  // Says why there is no work: once, until there was some.
  void say_waiting(const std::string& why);

  // Says how many messages wait to be read, whenever they are more than when that was said last.
  void say_unread(std::int64_t unread, std::int64_t urgent);

  void say_unreachable(const Error& error);  // once, until it is reached again
  bool reached();                            // whether it was out of reach before
  // Since when nobody has reached the pool; nothing if it was reached last.
  std::optional<Millis> unreachable_since();

  // A lease is lost, or a result came too late.
  void say_lost(const std::string& task, std::string_view why);

  void count(std::int64_t RunnerSummary::* what);
  RunnerSummary summary();

  // How loaded the machine is, and whether that is too much to claim anything.
  std::optional<MachineLoad> load() const;
  bool is_overloaded();

  // The right to run one more task; false if `max_tasks` are taken.
  bool take_turn();
  bool has_turn();  // whether one could be taken
  void give_turn_back();

  void stop();
  bool stopping();
  Millis stopped_at();

  // Something that makes all further work senseless: the first is kept, and the worker stops.
  void fail(const Error& error);
  std::optional<Error> failure();

  // A slot has begun, or ended for good.
  void slot_begins();
  void slot_ends();
  bool all_ended();

  // A slot keeps the lease of a task that is done and may not be finished yet; or does so no more.
  void hold_begins();
  void hold_ends();
  std::int64_t holding();
  // Whether every slot that has not ended does just that.
  bool only_holds();

  // Raised by fail() and by slot_ends(): something for whoever waits for the slots.
  SignalFd& news() { return news_; }

 private:
  bool has_turn_locked() const { return options_.max_tasks == 0 || turns_ < options_.max_tasks; }

  const RunnerOptions& options_;
  Clock& clock_;
  const RunnerLog& log_;
  PassedOver passed_over_;
  std::mutex log_mutex_;
  std::mutex mutex_;
  RunnerSummary summary_;
  std::int64_t turns_ = 0;
  bool said_waiting_ = false;
  std::int64_t said_unread_ = 0;
  std::optional<Millis> unreachable_since_;
  std::optional<Millis> stopped_at_;
  std::optional<Error> failure_;
  std::int64_t slots_ = 0;
  std::int64_t holding_ = 0;
  SignalFd news_;
};

}  // namespace evener
