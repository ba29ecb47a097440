#include "history/task_rules.h"

#include <algorithm>

namespace evener::history {
namespace {

constexpr Micros micros_per_ms = 1000;

// The pool counts in whole milliseconds, each of them cut off: an expiry may lie that much earlier.
constexpr Micros cut_off = 2 * micros_per_ms;

bool may_have_lapsed(const TaskNow& now, const Operation& operation) {
  return now.life == Life::lapsed ||
         (now.life == Life::running && operation.returned >= now.safe_until);
}

Micros lease_end(const Operation& operation, Millis lease_ms) {
  return operation.called + lease_ms * micros_per_ms - cut_off;
}

std::optional<TaskNow> granted(const TaskNow& now, const Operation& operation) {
  if (now.life != Life::open && !may_have_lapsed(now, operation)) return std::nullopt;
  const bool is_known = operation.ending == Ending::done;
  if (is_known && operation.fence <= now.fence) return std::nullopt;
  return TaskNow{
      .life = Life::running,
      .fence = is_known ? operation.fence : unknown_fence,
      .holder = operation.worker,
      .lease_ms = operation.lease_ms,
      .safe_until = lease_end(operation, operation.lease_ms)
  };
}

std::optional<TaskNow> after_claim(const TaskNow& now, const Operation& operation) {
  if (operation.ending != Ending::refused) return granted(now, operation);
  const bool is_closed = now.life == Life::done || now.life == Life::cancelled;
  if (operation.refusal == "already_claimed" && now.life == Life::running) return now;
  if (operation.refusal == "wrong_state" && is_closed) return now;
  return std::nullopt;
}

// Why whoever shows this fence may not write to the attempt; "" if they may. It is the order in
// which docs/http.md tells of fences.
std::string_view holder_refusal(const TaskNow& now, const Operation& operation) {
  if (operation.fence != now.fence) return "stale_fence";
  if (operation.worker != now.holder) return "not_holder";
  if (now.life != Life::running && now.life != Life::lapsed) return "attempt_over";
  return "";
}

// Renew, finish, release.
std::optional<TaskNow> after_holder(const TaskNow& now, const Operation& operation) {
  const std::string_view refusal = holder_refusal(now, operation);
  if (operation.ending == Ending::refused) {
    if (operation.refusal != refusal) return std::nullopt;
    return now;
  }
  if (!refusal.empty()) return std::nullopt;
  TaskNow next = now;
  if (operation.kind == Kind::renew) {
    next.life = Life::running;
    next.safe_until = std::max(now.safe_until, lease_end(operation, now.lease_ms));
  } else {
    next.life = operation.kind == Kind::finish ? Life::done : Life::open;
  }
  return next;
}

std::optional<TaskNow> after_cancel(const TaskNow& now, const Operation& operation) {
  if ((operation.ending == Ending::refused) != (now.life == Life::done)) return std::nullopt;
  if (operation.ending == Ending::refused) {
    if (operation.refusal != "wrong_state") return std::nullopt;
    return now;
  }
  TaskNow next = now;
  next.life = Life::cancelled;
  return next;
}

std::optional<TaskNow> after_reopen(const TaskNow& now, const Operation& operation) {
  const bool is_closed = now.life == Life::done || now.life == Life::cancelled;
  if ((operation.ending == Ending::refused) == is_closed) return std::nullopt;
  if (operation.ending == Ending::refused) {
    if (operation.refusal != "wrong_state") return std::nullopt;
    return now;
  }
  TaskNow next = now;
  next.life = Life::open;
  return next;
}

// A read tells more than a state: that a lease has lapsed, and the fence of a claim whose own
// answer was lost.
std::optional<TaskNow> after_read(const TaskNow& now, const Operation& operation) {
  TaskNow next = now;
  switch (operation.shown) {
    case Shown::nothing:
      return std::nullopt;
    case Shown::ready:
      if (now.life == Life::open) return now;
      if (!may_have_lapsed(now, operation)) return std::nullopt;
      next.life = Life::lapsed;
      return next;
    case Shown::running:
      if (now.life != Life::running || now.holder != operation.worker) return std::nullopt;
      if (now.fence != unknown_fence && now.fence != operation.fence) return std::nullopt;
      next.fence = operation.fence;
      return next;
    case Shown::done:
      return now.life == Life::done ? std::optional(now) : std::nullopt;
    case Shown::cancelled:
      return now.life == Life::cancelled ? std::optional(now) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TaskNow> after(const TaskNow& now, const Operation& operation) {
  switch (operation.kind) {
    case Kind::claim:
      return after_claim(now, operation);
    case Kind::renew:
    case Kind::finish:
    case Kind::release:
      return after_holder(now, operation);
    case Kind::cancel:
      return after_cancel(now, operation);
    case Kind::reopen:
      return after_reopen(now, operation);
    case Kind::read:
      return after_read(now, operation);
  }
  return std::nullopt;
}

}  // namespace evener::history
