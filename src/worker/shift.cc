#include "worker/shift.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace evener {

void Shift::say(std::string_view line) {
  const std::lock_guard lock(log_mutex_);
  if (log_) log_(line);
}

void Shift::say_waiting(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(said_waiting_, true)) return;
  }
  say("waiting: " + why);
}

void Shift::say_unread(std::int64_t unread, std::int64_t urgent) {
  {
    const std::lock_guard lock(mutex_);
    if (unread <= std::exchange(said_unread_, unread)) return;
  }
  const std::string hurry = urgent > 0 ? fmt::format(", {} urgent", urgent) : "";
  say(fmt::format(
      "{} message{} to read{}: evener inbox --worker {}",
      unread,
      unread == 1 ? "" : "s",
      hurry,
      options_.worker.name
  ));
}

void Shift::say_unreachable(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (unreachable_since_) return;
    unreachable_since_ = clock_.read().boot;
  }
  say("the pool cannot be reached, trying again: " + error.text());
}

bool Shift::reached() {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(unreachable_since_, std::nullopt)) return false;
  }
  say("the pool answers again");
  return true;
}

std::optional<Millis> Shift::unreachable_since() {
  const std::lock_guard lock(mutex_);
  return unreachable_since_;
}

std::optional<MachineLoad> Shift::load() const {
  return options_.load ? options_.load() : std::nullopt;
}

bool Shift::is_overloaded() {
  if (options_.max_load == 0) return false;
  const std::optional<MachineLoad> now = load();
  if (!now || std::max(now->cpu, now->memory) <= options_.max_load) return false;
  say_waiting(fmt::format(
      "{} % of the cores and {} % of the memory are taken; nothing is claimed above {} %",
      now->cpu,
      now->memory,
      options_.max_load
  ));
  return true;
}

void Shift::say_lost(const std::string& task, std::string_view why) {
  count(&RunnerSummary::lost);
  if (const std::string subject = task + ": "; why.starts_with(subject)) {
    why.remove_prefix(subject.size());
  }
  say(fmt::format("lost {}: {}", task, why));
}

void Shift::count(std::int64_t RunnerSummary::* what) {
  const std::lock_guard lock(mutex_);
  ++(summary_.*what);
  if (what == &RunnerSummary::claimed) said_waiting_ = false;
}

RunnerSummary Shift::summary() {
  const std::lock_guard lock(mutex_);
  return summary_;
}

bool Shift::has_turn() {
  const std::lock_guard lock(mutex_);
  return has_turn_locked();
}

bool Shift::take_turn() {
  const std::lock_guard lock(mutex_);
  if (!has_turn_locked()) return false;
  ++turns_;
  return true;
}

void Shift::give_turn_back() {
  const std::lock_guard lock(mutex_);
  CHECK(turns_ > 0, "a turn was given back that nobody took");
  --turns_;
}

void Shift::stop() {
  const std::lock_guard lock(mutex_);
  if (!stopped_at_) stopped_at_ = clock_.read().boot;
}

bool Shift::stopping() {
  const std::lock_guard lock(mutex_);
  return stopped_at_.has_value();
}

Millis Shift::stopped_at() {
  const std::lock_guard lock(mutex_);
  CHECK(stopped_at_, "nobody has stopped the worker");
  return *stopped_at_;
}

void Shift::fail(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = error;
  if (!stopped_at_) stopped_at_ = clock_.read().boot;
  news_.raise();
}

std::optional<Error> Shift::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Shift::slot_begins() {
  const std::lock_guard lock(mutex_);
  ++slots_;
}

void Shift::slot_ends() {
  const std::lock_guard lock(mutex_);
  CHECK(slots_ > 0, "a slot ended that never began");
  --slots_;
  news_.raise();
}

bool Shift::all_ended() {
  const std::lock_guard lock(mutex_);
  return slots_ == 0;
}

void Shift::hold_begins() {
  const std::lock_guard lock(mutex_);
  ++holding_;
}

void Shift::hold_ends() {
  const std::lock_guard lock(mutex_);
  CHECK(holding_ > 0, "a hold ended that never began");
  --holding_;
}

std::int64_t Shift::holding() {
  const std::lock_guard lock(mutex_);
  return holding_;
}

bool Shift::only_holds() {
  const std::lock_guard lock(mutex_);
  return slots_ == holding_;
}

}  // namespace evener
