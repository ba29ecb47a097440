// Renewals that come by the thousand are taken several at a time. To wake up for each costs the
// loop more than the renewal itself, and its answer is nothing that a worker waits for.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace evener {

// Belongs to the loop's thread. Times are of the monotonic clock.
class RenewalPace {
 public:
  // What whoever asks for something else meanwhile waits longer, at most.
  static constexpr std::chrono::milliseconds pause{2};

  // A request came. `is_calm`: it asks for renewals alone.
  void took(bool is_calm, Millis now) {
    if (!is_calm) {
      was_hurried_ = true;
      return;
    }
    const Millis slot = now / slot_ms;
    if (slot != slot_) {
      are_thick_ = slot == slot_ + 1 && in_slot_ >= thick;
      slot_ = slot;
      in_slot_ = 0;
    }
    ++in_slot_;
    was_calm_ = true;
  }

  // Once a turn of the loop: whether it may let renewals gather before it takes more, since it took
  // some, nothing else, and many come.
  bool may_pause() {
    const bool may = was_calm_ && !was_hurried_ && are_thick_;
    was_calm_ = was_hurried_ = false;
    return may;
  }

 private:
  static constexpr Millis slot_ms = 100;
  static constexpr std::size_t thick = 200;  // in a slot: two thousand a second

  Millis slot_ = 0;
  std::size_t in_slot_ = 0;
  bool are_thick_ = false;
  bool was_calm_ = false;
  bool was_hurried_ = false;
};

}  // namespace evener
