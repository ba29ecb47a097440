// A binary heap of keys, one a task at most, that knows where each task stands, so that any of them
// can be taken out or replaced in O(log n). `Key` has a `task` and is ordered; the least is the
// head.
#pragma once

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

  bool contains(TaskIndex task) const {
    if (task.value >= positions_.size()) return false;
    const std::size_t at = positions_[task.value];
    return at < keys_.size() && keys_[at].task == task;
  }

  void insert(const Key& key) {
    if (positions_.size() <= key.task.value) positions_.resize(key.task.value + 1, 0);
    keys_.emplace_back();
    sift_up(keys_.size() - 1, key);
  }

  void erase(TaskIndex task) {
    CHECK(contains(task), "a heap lost track of a task");
    const std::size_t at = positions_[task.value];
    const Key last = keys_.back();
    keys_.pop_back();
    if (at == keys_.size()) return;
    if (at > 0 && last < keys_[(at - 1) / 2]) {
      sift_up(at, last);
    } else {
      sift_down(at, last);
    }
  }

 private:
  void put(std::size_t at, const Key& key) {
    keys_[at] = key;
    positions_[key.task.value] = static_cast<std::uint32_t>(at);
  }

  void sift_up(std::size_t at, const Key& key) {
    while (at > 0) {
      const std::size_t above = (at - 1) / 2;
      if (!(key < keys_[above])) break;
      put(at, keys_[above]);
      at = above;
    }
    put(at, key);
  }

  void sift_down(std::size_t at, const Key& key) {
    for (;;) {
      std::size_t below = 2 * at + 1;
      if (below >= keys_.size()) break;
      if (below + 1 < keys_.size() && keys_[below + 1] < keys_[below]) ++below;
      if (!(keys_[below] < key)) break;
      put(at, keys_[below]);
      at = below;
    }
    put(at, key);
  }

  std::vector<Key> keys_;
  HeapPositions& positions_;
};

}  // namespace evener
