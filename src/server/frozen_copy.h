// A copy of this process that stands as it stood at one moment (fork(2)): work on its memory holds
// nobody up, and sees nothing of what happens after. The two share the memory that neither changes.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/result.h"

namespace evener {

class FrozenCopy {
 public:
  // Runs in the copy, on its only thread. May read all memory, allocate, and write files that it
  // opens itself; locks that other threads held are held for ever, and inherited descriptors are
  // closed, but for the standard ones.
  using Work = std::function<Status()>;

  // Called from the loop with what the work came to, or with `copy_died`.
  using Ended = std::function<void(const Status&)>;

  // The copy ends with the thread that calls this, whatever ends it. The loop outlives this. Fails
  // with `cannot_copy`: too little memory, or too many processes.
  static Result<std::unique_ptr<FrozenCopy>> start(
      boost::asio::io_context& loop, const Work& work, Ended ended
  );

  // Waits for the copy, and tells nobody.
  ~FrozenCopy();

  FrozenCopy(const FrozenCopy&) = delete;
  FrozenCopy& operator=(const FrozenCopy&) = delete;
  FrozenCopy(FrozenCopy&&) = delete;
  FrozenCopy& operator=(FrozenCopy&&) = delete;

  // Waits for its end. Called once; then `Ended` is not.
  Status wait();

 private:
  struct Watch;

  explicit FrozenCopy(std::shared_ptr<Watch> watch) : watch_(std::move(watch)) {}

  std::shared_ptr<Watch> watch_;
};

}  // namespace evener
