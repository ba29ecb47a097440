// A flag that poll(2) can wait for: how one thread of the runner wakes or interrupts another.
#pragma once

#include <sys/eventfd.h>

#include <cstdint>

#include "base/check.h"
#include "base/time.h"
#include "worker/descriptor.h"

namespace evener {

class SignalFd {  // Invariant: readable exactly while it is raised.
 public:
  SignalFd() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    CHECK(event_.open(), "the system gives no eventfd");
  }

  int fd() const { return event_.get(); }

  // May be called by any thread.
  void raise() { ::eventfd_write(event_.get(), 1); }

  void lower() {
    std::uint64_t count = 0;
    ::eventfd_read(event_.get(), &count);
  }

 private:
  Descriptor event_;
};

// Waits until one of the descriptors (-1: none) is readable; timeout < 0: no limit. Answers whether
// `first` is.
bool wait_readable(int first, int second, Millis timeout);

}  // namespace evener
