#include "core/lock_conditions.h"

#include <fmt/format.h>

#include <algorithm>

namespace evener {
namespace {

std::string holder_name(const State& state, TaskIndex task) {
  return state.worker(state.find_attempt(task)->worker).spec.name;
}

std::string listed(const std::vector<LockWish>& wishes) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> names;
  for (const LockWish& wish : wishes) {
    if (names.size() < most_named) names.push_back(wish.text());
  }
  std::string out = fmt::format("{}", fmt::join(names, ", "));
  if (wishes.size() > most_named) out += fmt::format(" and {} more", wishes.size() - most_named);
  return out;
}

// A wish for more than there is: nobody's end would help.
const LockWish* too_large(const Pool& pool, const std::vector<LockWish>& wishes) {
  const auto found = std::find_if(wishes.begin(), wishes.end(), [&](const LockWish& wish) {
    return !wish.glob && wish.units > capacity_of(pool.locks().capacities(), wish.name);
  });
  return found == wishes.end() ? nullptr : &*found;
}

const LockWishes& wishes_of(const Pool& pool, TaskIndex task) {
  return pool.state().lock_sets.wishes(pool.state().task(task).locks);
}

}  // namespace

std::string text_of(const Pool& pool, const LockObstacle& obstacle) {
  const State& state = pool.state();
  const std::string& other = state.task(obstacle.task).id;
  if (obstacle.is_kept) {
    return fmt::format(
        "{} is kept for {}, which has been ready for longer than the age limit",
        obstacle.held.text(),
        other
    );
  }
  return fmt::format(
      "{} holds {} for {}", holder_name(state, obstacle.task), obstacle.held.text(), other
  );
}

std::optional<Condition> lock_condition(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  if (state.task(index).locks == no_locks) return std::nullopt;
  const std::vector<LockWish> wishes = readable_wishes(wishes_of(pool, index));
  if (const LockWish* const large = too_large(pool, wishes)) {
    return Condition{
        "locked",
        false,
        fmt::format(
            "it wants {}, and the pool has {} of it",
            large->text(),
            capacity_of(pool.locks().capacities(), large->name)
        ),
        fmt::format("evener configure --resource {}={}", large->name, large->units)
    };
  }
  const std::vector<LockObstacle> found = pool.locks().obstacles(index, wishes_of(pool, index));
  if (found.empty()) {
    return Condition{"locked", true, fmt::format("it can have {}", listed(wishes)), ""};
  }
  const LockObstacle& first = found.front();
  std::string text = fmt::format("it wants {}, and {}", first.wanted.text(), text_of(pool, first));
  if (found.size() > 1) text += fmt::format(" ({} more in the way)", found.size() - 1);
  const std::string& other = state.task(first.task).id;
  std::string remedy = fmt::format("wait until {} ends: evener show {}", other, other);
  if (first.is_kept) remedy = fmt::format("claim {} first, or: evener hold {}", other, other);
  return Condition{"locked", false, std::move(text), std::move(remedy)};
}

std::string lock_detail(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  const std::vector<LockObstacle> found = pool.locks().obstacles(index, wishes_of(pool, index), 1);
  if (found.empty()) return {};
  const LockObstacle& first = found.front();
  JsonObject detail{{"task", state.task(first.task).id}, {"lock", first.held.text()}};
  if (first.is_kept) {
    detail["kept"] = true;
  } else {
    detail["holder"] = holder_name(state, first.task);
  }
  return to_text(detail);
}

std::string waited_for(const Pool& pool, const std::vector<TaskIndex>& waiting) {
  constexpr std::size_t most_named = 3;
  const State& state = pool.state();
  std::vector<TaskIndex> others;
  for (const TaskIndex task : waiting) {
    for (const LockObstacle& obstacle : pool.locks().obstacles(task, wishes_of(pool, task), 1)) {
      others.push_back(obstacle.task);
    }
  }
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  std::vector<std::string> names;
  for (const TaskIndex other : others) {
    if (names.size() == most_named) break;
    const bool runs = state.task(other).stage == Stage::running;
    names.push_back(
        runs ? fmt::format("{} ({})", state.task(other).id, holder_name(state, other))
             : state.task(other).id
    );
  }
  std::string out = fmt::format("{}", fmt::join(names, ", "));
  if (others.size() > most_named) out += fmt::format(" and others");
  return out;
}

std::optional<Refusal> locks_lost(const Pool& pool, TaskIndex index) {
  const State& state = pool.state();
  for (const LockObstacle& obstacle : pool.locks().obstacles(index, wishes_of(pool, index))) {
    if (obstacle.is_kept) continue;
    const std::string& id = state.task(index).id;
    return Refusal{
        "locked",
        fmt::format(
            "{}: its lease lapsed, and its locks went meanwhile: {}", id, text_of(pool, obstacle)
        ),
        fmt::format("stop working on it; finish it if it is done, or: evener release {}", id),
        {lock_detail(pool, index)}
    };
  }
  return std::nullopt;
}

}  // namespace evener
