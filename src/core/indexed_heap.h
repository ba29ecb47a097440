// A heap of keys, one a task at most, that knows where each task stands, so that any of them can be
// taken out or replaced in O(log n). `Key` has a `task` and is ordered; the least is the head. Each
// key has four below it: half the levels of a binary heap, for as many cache misses less.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/state.h"

namespace evener {

// Where each task stands in a heap; shared by heaps of which a task is in one at most.
using HeapPositions = std::vector<std::uint32_t>;

template <typename Key>
class IndexedHeap {
 public:
  explicit IndexedHeap(HeapPositions& positions) : positions_(positions) {}

  bool empty() const { return keys_.empty(); }

  std::size_t size() const { return keys_.size(); }

  const Key& head() const { return keys_.front(); }

  const std::vector<Key>& keys() const { return keys_; }  // the head first, then in no order

  bool contains(TaskIndex task) const {
    if (task.value >= positions_.size()) return false;
    const std::size_t at = positions_[task.value];
    return at < keys_.size() && keys_[at].task == task;
  }

  // The task's key; it must be in here.
  const Key& key(TaskIndex task) const { return keys_[positions_[task.value]]; }

  // Visits at most `most` keys, the head first, then in no order: those that `is_like` holds of,
  // which must hold of a key if it holds of one that goes after it.
  template <typename IsLike, typename Visit>
  void for_first(std::size_t most, const IsLike& is_like, const Visit& visit) const {
    std::vector<std::size_t> left;
    if (!keys_.empty()) left.push_back(0);
    for (std::size_t i = 0; i < left.size() && i < most; ++i) {
      visit(keys_[left[i]]);
      const std::size_t first = fan_out * left[i] + 1;
      for (std::size_t at = first; at < std::min(first + fan_out, keys_.size()); ++at) {
        if (left.size() < most && is_like(keys_[at])) left.push_back(at);
      }
    }
  }

  void insert(const Key& key) {
    if (positions_.size() <= key.task.value) positions_.resize(key.task.value + 1, 0);
    keys_.emplace_back();
    sift_up(keys_.size() - 1, key);
  }

  // Adds a key without a place in the order: order() must follow before anything else.
  void append(const Key& key) {
    if (positions_.size() <= key.task.value) positions_.resize(key.task.value + 1, 0);
    keys_.push_back(key);
    positions_[key.task.value] = static_cast<std::uint32_t>(keys_.size() - 1);
  }

  void order() {
    if (keys_.size() < 2) return;
    for (std::size_t at = above(keys_.size() - 1) + 1; at-- > 0;) sift_down(at, Key(keys_[at]));
  }

  void erase(TaskIndex task) {
    CHECK(contains(task), "a heap lost track of a task");
    const std::size_t at = positions_[task.value];
    const Key last = keys_.back();
    keys_.pop_back();
    if (at == keys_.size()) return;
    if (at > 0 && last < keys_[above(at)]) {
      sift_up(at, last);
    } else {
      sift_down(at, last);
    }
  }

 private:
  static constexpr std::size_t fan_out = 4;

  static constexpr std::size_t above(std::size_t at) { return (at - 1) / fan_out; }

  void put(std::size_t at, const Key& key) {
    keys_[at] = key;
    positions_[key.task.value] = static_cast<std::uint32_t>(at);
  }

  void sift_up(std::size_t at, const Key& key) {
    while (at > 0) {
      const std::size_t next = above(at);
      if (!(key < keys_[next])) break;
      put(at, keys_[next]);
      at = next;
    }
    put(at, key);
  }

  // The children of four siblings lie side by side: one of them is looked at next.
  void fetch_below(std::size_t first) const {
    constexpr std::size_t line = 64;
    const std::size_t begin = fan_out * first + 1;
    if (begin + fan_out * fan_out > keys_.size()) return;
    const char* const bytes = reinterpret_cast<const char*>(&keys_[begin]);
    for (std::size_t at = 0; at < fan_out * fan_out * sizeof(Key); at += line) {
      __builtin_prefetch(bytes + at);
    }
  }

  void sift_down(std::size_t at, const Key& key) {
    for (;;) {
      const std::size_t first = fan_out * at + 1;
      if (first >= keys_.size()) break;
      const std::size_t end = std::min(first + fan_out, keys_.size());
      fetch_below(first);
      std::size_t least = first;
      for (std::size_t below = first + 1; below < end; ++below) {
        if (keys_[below] < keys_[least]) least = below;
      }
      if (!(keys_[least] < key)) break;
      put(at, keys_[least]);
      at = least;
    }
    put(at, key);
  }

  std::vector<Key> keys_;
  HeapPositions& positions_;
};

}  // namespace evener
