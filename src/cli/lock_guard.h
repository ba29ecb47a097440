// What outlives `evener lock` when that is killed: a process that then takes the lock's task out of
// the pool, so that nobody waits behind a lock whose command is gone, and nothing is kept for one
// that nobody waits for any more.
#pragma once

#include <functional>
#include <memory>

#include "base/file.h"
#include "base/result.h"

namespace evener {

class LockGuard {
 public:
  // `clean_up` is called in a process of its own if this one, and every process that it started,
  // have ended without a dismiss(). To be called before any thread is started. The process holds
  // none of our terminal, input or output.
  static Result<LockGuard> start(const std::function<void()>& clean_up);

  // All is as it should be; the guard ends.
  void dismiss();

 private:
  explicit LockGuard(std::unique_ptr<FileDescriptor> line) : line_(std::move(line)) {}

  // Inherited by the command: the guard reads the end of it when the last holder is gone.
  std::unique_ptr<FileDescriptor> line_;
};

}  // namespace evener
