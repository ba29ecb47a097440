#include "views/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/closeness.h"
#include "core/conditions.h"
#include "model/capability.h"
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

// Of two tasks of which the first prefers what the worker has rather than the second does.
std::string why_preferred(
    const State& state, const Worker& worker, const ClaimPlace& first, const ClaimPlace& second
) {
  const auto told = [&](const ClaimPlace& place) {
    const std::string words = preference_words(state, place.task, worker);
    return words.empty() ? "it prefers nothing" : words;
  };
  return fmt::format(
      "{} (the next, {}: {})", told(first), state.task(second.task).id, told(second)
  );
}

std::string why_pressed(const Pool& pool, const ClaimPlace& first, const ClaimPlace& second) {
  return fmt::format(
      "a deadline presses: {} of work lie before it{}",
      format_duration(pool.paths().length(first.task)),
      second.is_pressed()
          ? fmt::format(" (the next, {}, has longer)", pool.state().task(second.task).id)
          : ""
  );
}

std::string why_close(const State& state, const Worker& worker, const ClaimPlace& first) {
  const Closeness closeness(state, worker);
  const std::string& name = worker.spec.name;
  if (closeness.is_in_focus(first.task)) return fmt::format("it lies in what {} focuses on", name);
  const std::string& last = state.task(worker.last_done).id;
  if (closeness.goes_on(first.task)) {
    return fmt::format("it goes on with {}, which {} finished last", last, name);
  }
  return fmt::format("it is of the same phase as {}, which {} finished last", last, name);
}

}  // namespace

std::string preference_words(const State& state, TaskIndex index, const Worker& worker) {
  const std::vector<std::string>& wanted = state.capabilities(state.task(index).prefers);
  if (wanted.empty()) return {};
  const std::vector<std::string> lacks =
      lacking_capabilities(state.capabilities(worker.capabilities), wanted);
  const std::string& name = worker.spec.name;
  if (lacks.empty()) return fmt::format("it prefers {}, which {} has", listed(wanted), name);
  return fmt::format("it prefers {}, and {} lacks {}", listed(wanted), name, listed(lacks));
}

bool ClaimPlace::operator<(const ClaimPlace& other) const {
  if (aged != other.aged) return aged;
  if (!aged) {
    if (advised != other.advised) return advised < other.advised;
    if (priority != other.priority) return priority < other.priority;
    if (is_pressed() != other.is_pressed()) return is_pressed();
    if (meant != other.meant) return meant;
    if (pressed_from != other.pressed_from) return pressed_from < other.pressed_from;
    if (is_pressed()) return task < other.task;
    if (weight() != other.weight()) return weight() > other.weight();
    if (dependants != other.dependants) return dependants > other.dependants;
    if (closeness != other.closeness) return closeness > other.closeness;
  }
  if (since != other.since) return since < other.since;
  return task < other.task;
}

std::uint32_t ClaimPlace::reach() const {
  const std::int64_t moved =
      std::clamp<std::int64_t>(std::int64_t{path} + fit + preferred, 0, UINT16_MAX);
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
  const Instant pressed_from = pool.paths().pressed_from(index);
  return {
      .aged = task.since <= now - state.settings.age_limit_ms,
      .advised =
          advised == advice.end() ? SIZE_MAX : static_cast<std::size_t>(advised - advice.begin()),
      .priority = task.priority,
      .pressed_from = pressed_from <= now ? pressed_from : never_pressed,
      .meant = is_meant_for(task.assignee, worker),
      .path = quantised(pool.paths().length(index)),
      .fit = WorkerFit(state, worker).of(task.kind),
      .preferred = preference_steps(state, worker, task.prefers),
      .share = share_of(pool, index),
      .dependants = task.dependants.size(),
      .closeness = Closeness(state, worker).of(index),
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
  if (first.is_pressed() && first.pressed_from != second.pressed_from) {
    return why_pressed(pool, first, second);
  }
  if (first.meant != second.meant) {
    return fmt::format("it is meant for {}", state.assignee(state.task(first.task).assignee));
  }
  const bool weighs_more = first.weight() != second.weight();
  if (weighs_more && first.reach() <= second.reach()) {
    return why_by_share(pool, first, second);
  }
  if (weighs_more && first.path <= second.path) {
    return first.preferred > second.preferred ? why_preferred(state, worker, first, second)
                                              : why_it_suits(state, worker, first, second);
  }
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
  if (first.closeness != second.closeness) return why_close(state, worker, first);
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
