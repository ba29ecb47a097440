// What outlives `evener lock` when that is killed, and stays awake when that is stopped: a process
// that takes the lock's task out of the pool when all is gone, so that nobody waits behind a lock
// whose command is gone, and nothing is kept for one that nobody waits for any more; and that ends
// the command in time when nobody renews its lease.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "base/result.h"
#include "worker/descriptor.h"
#include "worker/time_limit.h"

namespace evener {

class LockGuard {
 public:
  // `clean_up` is called in a process of its own if this one, and every process that it started,
  // have ended without a dismiss(). When this returns, it is one that the keeper of an
  // attempt spares. To be called before any thread is started. The process holds
  // none of our terminal, input or output.
  static Result<LockGuard> start(const std::function<void()>& clean_up);

  // Until when what this process starts may run: then the guard ends it, also while this process is
  // stopped. Said again it holds instead, nothing lifts it. This process must be a child subreaper.
  void set_limit(const std::optional<TimeLimit>& limit) const;

  // All is as it should be; the guard ends.
  void dismiss();

 private:
  explicit LockGuard(Descriptor line) : line_(std::move(line)) {}

  // Inherited by the command: the guard reads the end of it when the last holder is gone.
  Descriptor line_;
};

}  // namespace evener
