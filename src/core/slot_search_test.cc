#include "core/slot_search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/seeded.h"

namespace evener {
namespace {

constexpr std::size_t enough_nodes = 1'000'000;

// When all have ended, if the slot that is free first takes the next.
Millis end_of(
    const std::vector<std::size_t>& order,
    const std::vector<Millis>& durations,
    std::vector<Millis> busy
) {
  for (const std::size_t task : order) {
    *std::min_element(busy.begin(), busy.end()) += durations[task];
  }
  return *std::max_element(busy.begin(), busy.end());
}

std::vector<std::size_t> longest_first(const std::vector<Millis>& durations) {
  std::vector<std::size_t> order(durations.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return durations[a] > durations[b];
  });
  return order;
}

// The best of all ways to give each task to a slot.
Millis best_end(
    const std::vector<Millis>& durations, std::vector<Millis>& loads, std::size_t at = 0
) {
  if (at == durations.size()) return *std::max_element(loads.begin(), loads.end());
  Millis best = INT64_MAX;
  for (Millis& load : loads) {
    load += durations[at];
    best = std::min(best, best_end(durations, loads, at + 1));
    load -= durations[at];
  }
  return best;
}

TEST(ShortestOrder, BeatsLongestFirstWhereThatIsNotBest) {
  const std::vector<Millis> durations{3, 3, 2, 2, 2};
  const std::vector<Millis> idle(2);
  EXPECT_EQ(end_of(longest_first(durations), durations, idle), 7);
  EXPECT_EQ(end_of(shortest_order(durations, idle, enough_nodes), durations, idle), 6);
}

TEST(ShortestOrder, IsLongestFirstWhereThatIsAsGood) {
  const auto is_longest_first = [](const std::vector<Millis>& durations,
                                   const std::vector<Millis>& busy) {
    return shortest_order(durations, busy, enough_nodes) == longest_first(durations);
  };
  EXPECT_TRUE(is_longest_first({1, 4, 2, 3}, {0, 0}));
  EXPECT_TRUE(is_longest_first({5}, {0}));
  EXPECT_TRUE(is_longest_first({4, 5}, {0, 0, 0, 0})) << "a slot for each";
  EXPECT_TRUE(is_longest_first({3, 3, 2, 2, 2}, {0, 0, 90})) << "what runs ends last in any case";
}

TEST(ShortestOrder, IsLongestFirstIfItMayNotLookFarEnough) {
  const std::vector<Millis> durations{2, 3, 3, 2, 2};
  EXPECT_EQ(shortest_order(durations, {0, 0}, 0), longest_first(durations));
}

TEST(ShortestOrder, IsAsShortAsTheBestOfAllAssignments) {
  SeededNumbers numbers(7);
  int better = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Millis> durations(2 + numbers.below(6));
    for (Millis& duration : durations) duration = static_cast<Millis>(1 + numbers.below(30));
    std::vector<Millis> busy(1 + numbers.below(4));
    for (Millis& until : busy) until = static_cast<Millis>(numbers.below(3) * numbers.below(20));
    const std::vector<std::size_t> found = shortest_order(durations, busy, enough_nodes);
    const Millis by_length = end_of(longest_first(durations), durations, busy);
    std::vector<Millis> loads = busy;
    const Millis best = best_end(durations, loads);
    EXPECT_EQ(end_of(found, durations, busy), best);
    better += best < by_length ? 1 : 0;
  }
  EXPECT_GT(better, 20);
}

}  // namespace
}  // namespace evener
