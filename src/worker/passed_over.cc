#include "worker/passed_over.h"

#include <algorithm>
#include <limits>

namespace evener {

PassedOver::Entry& PassedOver::entry_of(const std::string& task) {
  if (entries_.size() >= most && !entries_.contains(task)) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
      return a.second.until < b.second.until;
    }));
  }
  return entries_[task];
}

void PassedOver::add(const std::string& task, Millis now) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(task);
  if (now < entry.until) return;
  entry.pause = entry.pause == 0 ? first_ms : std::min(longest_ms, 2 * entry.pause);
  entry.until = now + entry.pause;
  latest_ = std::max(latest_, entry.until);
}

void PassedOver::add_for_good(const std::string& task) {
  const std::lock_guard lock(mutex_);
  constexpr Millis for_ever = std::numeric_limits<Millis>::max();
  entry_of(task).until = for_ever;
  latest_ = for_ever;
}

bool PassedOver::holds(const std::string& task, Millis now) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(task);
  return found != entries_.end() && now < found->second.until;
}

bool PassedOver::any(Millis now) const {
  const std::lock_guard lock(mutex_);
  return now < latest_;
}

}  // namespace evener
