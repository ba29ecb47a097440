#include "core/indexed_heap.h"

#include <gtest/gtest.h>

#include "core/order_key.h"

namespace evener {
namespace {

// Keys in an order that no heap has by accident.
std::vector<OrderKey> shuffled(std::uint32_t count) {
  std::vector<OrderKey> keys;
  for (std::uint32_t i = 0; i < count; ++i) {
    keys.push_back({.since = i * 7919 % 101, .rank = i * 31 % 5, .task = TaskIndex{i * 3 % 64}});
  }
  return keys;
}

std::vector<OrderKey> taken_from(IndexedHeap<OrderKey>& heap) {
  std::vector<OrderKey> taken;
  while (!heap.empty()) {
    taken.push_back(heap.head());
    heap.erase(heap.head().task);
  }
  return taken;
}

TEST(IndexedHeap, GivesWhatWasAppendedAndOrderedAsIfInserted) {
  for (const std::uint32_t count : {0U, 1U, 2U, 4U, 5U, 6U, 20U, 21U, 22U, 64U}) {
    HeapPositions appended_positions;
    HeapPositions inserted_positions;
    IndexedHeap<OrderKey> appended(appended_positions);
    IndexedHeap<OrderKey> inserted(inserted_positions);
    const std::vector<OrderKey> keys = shuffled(count);
    for (const OrderKey& key : keys) {
      appended.append(key);
      inserted.insert(key);
    }
    appended.order();
    for (const OrderKey& key : keys) {
      ASSERT_TRUE(appended.contains(key.task));
      EXPECT_EQ(appended.key(key.task), key);
    }
    EXPECT_EQ(taken_from(appended), taken_from(inserted)) << count;
  }
}

}  // namespace
}  // namespace evener
