// A thread that has run out of work looks for more during a moment before it sleeps, where work
// keeps coming fast. A sleeper has to be woken, and its processor, which may have halted meanwhile,
// with it: that costs as much as a fifth of a flush, and two threads that hand work to each other
// pay it twice for each batch.
//
// After the halt polling of KVM (Linux, Documentation/virt/kvm/halt-polling.rst). Unlike there, the
// length is all or nothing, since what is waited for here is mostly one flush of a good disk, and
// the bound is longer than one.
#pragma once

#include <chrono>
#include <cstddef>
#include <thread>

namespace evener {

// Belongs to one thread. `Clock` is one of <chrono>'s kind.
template <typename Clock = std::chrono::steady_clock>
class BasicAttention {
 public:
  // A thread looks for no longer, and gives way all the while to others that want its processor.
  static constexpr std::chrono::microseconds longest{500};

  // Waits at most so short, one after another, before it looks at all.
  static constexpr std::size_t enough = 4;

  // Calls `look` once, and again while it finds nothing, if that has been worth it of late. False
  // if nothing was found: then the thread sleeps, and says has_slept() when it is awake.
  template <typename Look>
  bool finds(Look look) {
    since_ = Clock::now();
    if (look()) return true;
    if (!is_alert()) return false;
    do {
      std::this_thread::yield();
      if (look()) return true;
    } while (Clock::now() - since_ < longest);
    return false;
  }

  // There is work again, after a wait that began with finds().
  void has_slept() { short_waits_ = Clock::now() - since_ <= longest ? short_waits_ + 1 : 0; }

  // Whether work has kept coming fast, and the thread would look for it.
  bool is_alert() const { return short_waits_ >= enough; }

 private:
  typename Clock::time_point since_ = {};
  std::size_t short_waits_ = 0;  // in a row
};

using Attention = BasicAttention<>;

}  // namespace evener
