#include "core/slot_search.h"

#include <algorithm>
#include <numeric>

namespace evener {
namespace {

class SlotSearch {  // Invariant: loads_ holds the busy times and the tasks placed so far.
 public:
  SlotSearch(const std::vector<Millis>& durations, std::vector<Millis> busy, std::size_t nodes)
      : durations_(durations), loads_(std::move(busy)), nodes_left_(nodes) {
    for (std::size_t i = 0; i < durations.size(); ++i) longest_first_.push_back(i);
    std::stable_sort(
        longest_first_.begin(),
        longest_first_.end(),
        [&](std::size_t a, std::size_t b) { return durations[a] > durations[b]; }
    );
    std::sort(loads_.begin(), loads_.end());
    // No schedule needs more slots than there are tasks: those that are free soonest.
    if (loads_.size() > durations.size()) {
      busiest_ = loads_.back();
      loads_.resize(durations.size());
    }
    slot_of_.resize(durations.size());
    begun_ = loads_;
  }

  std::vector<std::size_t> run() {
    best_ = take_longest_first();
    bound();
    place(0);
    return best_slot_of_.empty() ? longest_first_ : order();
  }

 private:
  Millis take_longest_first() const {
    std::vector<Millis> loads = loads_;
    for (const std::size_t task : longest_first_) {
      *std::min_element(loads.begin(), loads.end()) += durations_[task];
    }
    return std::max(busiest_, *std::max_element(loads.begin(), loads.end()));
  }

  // No schedule is shorter than the mean load, than what is busy longest, or than the longest task
  // on the slot that is free first.
  void bound() {
    const auto slots = static_cast<Millis>(loads_.size());
    const Millis work = std::accumulate(durations_.begin(), durations_.end(), Millis{0}) +
                        std::accumulate(loads_.begin(), loads_.end(), Millis{0});
    least_ = std::max({
        (work + slots - 1) / slots,
        busiest_,
        loads_.back(),
        loads_.front() + durations_[longest_first_.front()],
    });
  }

  // Places the tasks from the `at`-th longest on. Slots that are free at the same time are alike.
  void place(std::size_t at) {
    if (at == longest_first_.size()) {
      best_ = std::max(busiest_, *std::max_element(loads_.begin(), loads_.end()));
      best_slot_of_ = slot_of_;
      return;
    }
    const std::size_t task = longest_first_[at];
    for (std::size_t slot = 0; slot < loads_.size(); ++slot) {
      if (best_ <= least_ || nodes_left_ == 0) return;
      const auto here = loads_.begin() + static_cast<std::ptrdiff_t>(slot);
      const bool is_repeated = std::find(loads_.begin(), here, *here) != here;
      if (is_repeated || *here + durations_[task] >= best_) continue;
      --nodes_left_;
      slot_of_[task] = slot;
      *here += durations_[task];
      place(at + 1);
      *here -= durations_[task];
    }
  }

  // By when each begins, a slot's longest first.
  std::vector<std::size_t> order() const {
    std::vector<Millis> free_at = begun_;
    std::vector<Millis> begins(durations_.size());
    for (const std::size_t task : longest_first_) {
      begins[task] = free_at[best_slot_of_[task]];
      free_at[best_slot_of_[task]] += durations_[task];
    }
    std::vector<std::size_t> order = longest_first_;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return begins[a] < begins[b];
    });
    return order;
  }

  const std::vector<Millis>& durations_;
  std::vector<Millis> loads_;  // by slot
  std::vector<Millis> begun_;  // the same before any task was placed
  Millis busiest_ = 0;         // of slots that are left out
  std::size_t nodes_left_;
  std::vector<std::size_t> longest_first_;
  std::vector<std::size_t> slot_of_;  // by task
  std::vector<std::size_t> best_slot_of_;
  Millis best_ = 0;
  Millis least_ = 0;
};

}  // namespace

std::vector<std::size_t> shortest_order(
    const std::vector<Millis>& durations, std::vector<Millis> busy, std::size_t most_nodes
) {
  return SlotSearch(durations, std::move(busy), most_nodes).run();
}

}  // namespace evener
