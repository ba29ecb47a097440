#include "views/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "views/skills.h"

namespace evener {
namespace {

constexpr std::size_t most_scanned = 20'000;  // tasks, where a scan must stay cheap
constexpr std::size_t most_asked = 64;        // workers, likewise

// The work that waits for whoever may do the task, where that makes a difference.
Millis share_of(const Pool& pool, TaskIndex index) {
  const Task& task = pool.state().task(index);
  return task.assignee == anyone ? pool.ready().shares().of(task.capabilities) : 0;
}

std::string why_by_share(const Pool& pool, const ClaimPlace& first, const ClaimPlace& second) {
  const State& state = pool.state();
  const auto only = pool.ready().shares().only_taker(state.task(first.task).capabilities);
  return fmt::format(
      "{} {} of work waiting{} (for the next, {}, it is {})",
      only ? fmt::format("only {} can do it, and has", state.worker(*only).spec.name)
           : "those who can do it have",
      format_duration(first.share),
      only ? "" : " each",
      state.task(second.task).id,
      format_duration(second.share)
  );
}

// Of two tasks of which the second has the longer path, or as long a one.
std::string why_it_suits(
    const State& state, const Worker& worker, const ClaimPlace& first, const ClaimPlace& second
) {
  const auto told = [&](const ClaimPlace& place) {
    const std::string words = skill_words(state, place.task, worker);
    return words.empty() ? "never tried by it" : words;
  };
  return fmt::format(
      "it suits {} better: {} (the next, {}: {})",
      worker.spec.name,
      told(first),
      state.task(second.task).id,
      told(second)
  );
}

}  // namespace

bool ClaimPlace::operator<(const ClaimPlace& other) const {
  if (aged != other.aged) return aged;
  if (!aged) {
    if (advised != other.advised) return advised < other.advised;
    if (priority != other.priority) return priority < other.priority;
    if (meant != other.meant) return meant;
    if (weight() != other.weight()) return weight() > other.weight();
    if (dependants != other.dependants) return dependants > other.dependants;
  }
  if (since != other.since) return since < other.since;
  return task < other.task;
}

std::uint32_t ClaimPlace::reach() const {
  const std::int64_t moved = std::clamp<std::int64_t>(std::int64_t{path} + fit, 0, UINT16_MAX);
  return static_cast<std::uint32_t>(moved);
}

Millis ClaimPlace::weight() const {
  return unquantised(reach()) + share;
}

ClaimPlace place_of(const Pool& pool, TaskIndex index, const Worker& worker, Instant now) {
  const State& state = pool.state();
  const Task& task = state.task(index);
  const std::vector<TaskIndex> advice = pool.ready().advice();
  const auto advised = std::find(advice.begin(), advice.end(), index);
  return {
      .aged = task.since <= now - state.settings.age_limit_ms,
      .advised =
          advised == advice.end() ? SIZE_MAX : static_cast<std::size_t>(advised - advice.begin()),
      .priority = task.priority,
      .meant = is_meant_for(task.assignee, worker),
      .path = quantised(pool.paths().length(index)),
      .fit = WorkerFit(state, worker).of(task.kind),
      .share = share_of(pool, index),
      .dependants = task.dependants.size(),
      .since = task.since,
      .task = index
  };
}

bool suits(const Pool& pool, TaskIndex index, const Worker& worker, Instant now) {
  const Task& task = pool.state().task(index);
  if (task.is_lock) return false;
  const bool open = task.assignee == anyone || is_meant_for(task.assignee, worker) ||
                    (task.assignee_delay >= 0 && task.since + task.assignee_delay <= now);
  return open && pool.state().covers(worker.capabilities, task.capabilities);
}

Ahead ready_for(
    const Pool& pool, const Worker& worker, TaskIndex before, std::size_t most, Instant now
) {
  ClaimPlace limit;
  if (before != no_task) limit = place_of(pool, before, worker, now);
  Ahead ahead;
  std::size_t left = pool.ready().ready_count();
  for (std::uint32_t i = 0; left > 0 && i < pool.state().tasks.size(); ++i) {
    const TaskIndex index{i};
    if (!pool.ready().is_ready(index)) continue;
    --left;
    if (pool.ready().is_parked(index) || !suits(pool, index, worker, now)) continue;
    const ClaimPlace place = place_of(pool, index, worker, now);
    if (before != no_task && !(place < limit)) continue;
    ++ahead.total;
    const auto at = std::upper_bound(ahead.first.begin(), ahead.first.end(), place);
    ahead.first.insert(at, place);
    if (ahead.first.size() > most) ahead.first.pop_back();
  }
  return ahead;
}

std::string why_before(
    const Pool& pool, const Worker& worker, const ClaimPlace& first, const ClaimPlace& second
) {
  const State& state = pool.state();
  if (first.aged) {
    return fmt::format(
        "it has been ready for longer than the age limit of {}",
        format_duration(state.settings.age_limit_ms)
    );
  }
  if (first.advised != second.advised) {
    return "what is left of the plan ends soonest if it begins so";
  }
  if (first.priority != second.priority) {
    return fmt::format(
        "its priority is {} (the next, {}, has {})",
        name_of(first.priority),
        state.task(second.task).id,
        name_of(second.priority)
    );
  }
  if (first.meant != second.meant) {
    return fmt::format("it is meant for {}", state.assignee(state.task(first.task).assignee));
  }
  const bool weighs_more = first.weight() != second.weight();
  if (weighs_more && first.reach() <= second.reach()) {
    return why_by_share(pool, first, second);
  }
  if (weighs_more && first.path <= second.path) return why_it_suits(state, worker, first, second);
  if (weighs_more) {
    return fmt::format(
        "the longest remaining path begins with it: {} (the next, {}, has {})",
        format_duration(pool.paths().length(first.task)),
        state.task(second.task).id,
        format_duration(pool.paths().length(second.task))
    );
  }
  if (first.dependants != second.dependants) {
    return fmt::format(
        "more tasks need it: {} (the next, {}, has {})",
        first.dependants,
        state.task(second.task).id,
        second.dependants
    );
  }
  return first.since != second.since ? "it has been ready longest" : "it was added first";
}

std::vector<TaskIndex> some_ready(const Pool& pool, std::size_t most, Instant now) {
  const State& state = pool.state();
  const Worker nobody = worker_or_newcomer(state, "");
  std::set<ClaimPlace> best;
  const auto consider = [&](TaskIndex task) {
    best.insert(place_of(pool, task, nobody, now));
    if (best.size() > most) best.erase(std::prev(best.end()));
  };
  const std::size_t scanned = std::min(state.tasks.size(), most_scanned);
  for (std::uint32_t i = 0; i < scanned; ++i) {
    const TaskIndex task{i};
    if (!pool.ready().is_ready(task) || pool.ready().is_parked(task)) continue;
    if (!state.task(task).is_lock) consider(task);
  }
  if (scanned < state.tasks.size()) {
    const auto ask = [&](const Worker& worker) {
      const TaskIndex offered = pool.ready().best_for(worker, now);
      if (offered != no_task) consider(offered);
    };
    ask(nobody);
    const std::size_t asked = std::min(state.workers.size(), most_asked);
    for (std::uint32_t i = 0; i < asked; ++i) ask(state.worker(WorkerIndex{i}));
  }
  std::vector<TaskIndex> out;
  for (const ClaimPlace& place : best) out.push_back(place.task);
  return out;
}

Worker worker_or_newcomer(const State& state, const std::string& name) {
  const WorkerIndex known = state.find_worker(name);
  if (known != no_worker) return state.worker(known);
  Worker newcomer;
  newcomer.spec.name = name;
  newcomer.answers_to = {state.find_assignee(name), anyone, anyone, anyone};
  return newcomer;
}

}  // namespace evener
