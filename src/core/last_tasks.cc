#include "core/last_tasks.h"

#include <algorithm>

#include "core/slot_search.h"

namespace evener {
namespace {

constexpr std::size_t most_nodes = 20'000;  // a millisecond at the most

}  // namespace

std::vector<TaskIndex> order_of_last_tasks(const PlanRest& rest) {
  const bool are_apart =
      std::all_of(rest.needs.begin(), rest.needs.end(), [](std::uint32_t n) { return n == 0; });
  if (rest.tasks.size() > most_last_tasks || !are_apart || !rest.capacity.empty()) return {};
  std::vector<Millis> busy(rest.idle);
  for (const PlanRest::Running& task : rest.running) busy.push_back(task.ends);
  if (busy.empty()) return {};
  std::vector<TaskIndex> order;
  for (const std::size_t place : shortest_order(rest.durations, std::move(busy), most_nodes)) {
    order.push_back(rest.tasks[place]);
  }
  return order;
}

}  // namespace evener
