// What tasks wish to lock while they run, as they were described: equal wishes are kept once and
// named by a number. What they mean is told by core/locks.h.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"

namespace evener {

// An interned LockWishes; 0 is "nothing".
using LockSet = StrongInt<struct LockSetTag, std::uint32_t>;

inline constexpr LockSet no_locks{0};

// The fields `paths` and `locks` of a task, as written.
struct LockWishes {
  std::vector<std::string> paths = {};
  std::vector<std::string> locks = {};

  auto operator<=>(const LockWishes&) const = default;
};

class LockSets {  // Invariant: numbers are given in the order in which wishes came first.
 public:
  LockSets() { intern({}); }

  LockSets(const LockSets&) = delete;
  LockSets& operator=(const LockSets&) = delete;

  LockSet intern(LockWishes wishes) {
    const LockSet next{static_cast<std::uint32_t>(by_number_.size())};
    const auto [found, is_new] = numbers_.try_emplace(std::move(wishes), next);
    if (is_new) by_number_.push_back(&found->first);
    return found->second;
  }

  const LockWishes& wishes(LockSet set) const { return *by_number_[set.value]; }

  std::size_t size() const { return by_number_.size(); }

 private:
  std::map<LockWishes, LockSet> numbers_;
  std::vector<const LockWishes*> by_number_;
};

}  // namespace evener
