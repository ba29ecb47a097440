// What is worked out between claims, so that no claim waits for it. Once a fact for the last tasks
// of a plan; for what is longer at most ten times a second, and each time for a millisecond or two,
// so that a pool in which much happens at once spends its time on that.
#include "core/last_tasks.h"
#include "core/plan_search.h"

namespace evener {
namespace {

constexpr std::size_t most_searched_tasks = 1000;
constexpr std::size_t most_steps = 20'000;
constexpr Millis search_every = 100;

}  // namespace

void Pool::look_ahead() {
  if (looked_ahead_ == state_.last) return;
  looked_ahead_ = state_.last;
  const bool may_search = now_ >= search_plans_at_;
  const std::size_t open = stages_[static_cast<std::size_t>(Stage::open)];
  // What was advised before holds until another task becomes ready.
  if (open > most_last_tasks && !may_search) return;
  if (may_search) search_plans_at_ = now_ + search_every;
  const std::optional<PlanRest> rest = rest_of_plan(*this, now_, most_searched_tasks);
  if (!rest) return ready_.advise({});
  std::vector<TaskIndex> order = order_of_last_tasks(*rest);
  if (order.empty() && !may_search) return;
  ready_.advise(order.empty() ? order_of_plan(*rest, most_steps) : std::move(order));
}

}  // namespace evener
