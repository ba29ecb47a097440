#include "core/plan_rest.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/lock_wish.h"
#include "core/worker_conditions.h"

namespace evener {
namespace {

constexpr std::int64_t most_off = 100'000;   // a tenth, on the logarithmic scale
constexpr std::int64_t enough_to_judge = 3;  // finished tasks that had an estimate

bool are_estimates_trusted(const Durations& durations) {
  const Moments& bias = durations.bias();
  if (bias.count < enough_to_judge) return true;
  const std::int64_t off = bias.mean * bias.mean / micros + bias.spread * micros / bias.weight;
  return off <= most_off * most_off / micros;
}

class RestOfPlan {
 public:
  RestOfPlan(const Pool& pool, Instant now)
      : pool_(pool),
        state_(pool.state()),
        now_(now),
        trusts_estimates_(are_estimates_trusted(state_.durations)) {}

  std::optional<PlanRest> find() {
    if (!find_tasks() || !find_slots() || !find_running()) return std::nullopt;
    link();
    return std::move(rest_);
  }

 private:
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  // Whatever is open comes, step by step, after what is ready or runs.
  bool find_tasks() {
    std::vector<TaskIndex>& tasks = rest_.tasks;
    tasks = pool_.ready().all_for_anybody();
    if (tasks.size() < pool_.ready().ready_count()) return false;
    for (const auto& [index, attempt] : state_.attempts) {
      if (!attempt.lapsed) add_dependants(index);
    }
    for (std::size_t at = 0; at < tasks.size(); ++at) add_dependants(tasks[at]);
    std::sort(tasks.begin(), tasks.end());
    tasks.erase(std::unique(tasks.begin(), tasks.end()), tasks.end());
    const std::size_t open = pool_.count(TaskState::ready) + pool_.count(TaskState::waiting) +
                             pool_.count(TaskState::held);
    return tasks.size() == open && std::all_of(tasks.begin(), tasks.end(), [&](TaskIndex index) {
             return is_plain(index) && add_duration(index) && add_wishes(index);
           });
  }

  void add_dependants(TaskIndex index) {
    for (const TaskIndex dependant : state_.task(index).dependants) {
      if (state_.task(dependant).stage != Stage::open) continue;
      if (!seen_.insert(dependant).second) continue;
      rest_.tasks.push_back(dependant);
    }
  }

  bool is_plain(TaskIndex index) const {
    const Task& task = state_.task(index);
    const bool is_alone = task.parent == no_task && task.children.empty() && task.phase == no_gate;
    const bool may_start = !task.held && task.blockers == 0 && task.not_before <= now_;
    return is_alone && may_start && !task.is_lock && task.assignee == anyone &&
           task.priority == state_.task(rest_.tasks.front()).priority &&
           std::none_of(task.needs.begin(), task.needs.end(), [&](const NeedEdge& need) {
             const Stage stage = state_.task(need.task).stage;
             return stage == Stage::failed || stage == Stage::cancelled;
           });
  }

  bool add_duration(TaskIndex index) {
    const std::optional<Millis> takes = known_duration(index);
    if (takes) rest_.durations.push_back(*takes);
    return takes.has_value();
  }

  bool add_wishes(TaskIndex index) {
    const std::optional<PlanRest::Wishes> wishes = wishes_of(state_.task(index).locks);
    if (wishes) rest_.wishes.push_back(*wishes);
    return wishes.has_value();
  }

  // Nothing if it wishes more than units of resources to itself.
  std::optional<PlanRest::Wishes> wishes_of(LockSet set) {
    if (set == no_locks) return PlanRest::Wishes{};
    const auto [known, is_new] = wishes_.try_emplace(set);
    if (!is_new) return known->second;
    PlanRest::Wishes wishes;
    for (const LockWish& wish : readable_wishes(state_.lock_sets.wishes(set))) {
      if (wish.glob || wish.is_shared) return std::nullopt;
      const auto [resource, is_first] = resources_.try_emplace(wish.name, resources_.size());
      if (is_first) {
        rest_.capacity.push_back(capacity_of(capacities_, wish.name));
        rest_.free.push_back(rest_.capacity.back());
      }
      wishes.push_back({resource->second, wish.units});
    }
    return known->second = std::move(wishes);
  }

  std::optional<Millis> known_duration(TaskIndex index) const {
    const Millis estimate = state_.task(index).estimate;
    if (estimate >= 0) return trusts_estimates_ ? std::optional(estimate) : std::nullopt;
    if (!state_.settings.learn) return std::nullopt;
    const Expectation learned = state_.durations.expect(
        work_of(state_, index, no_worker), state_.settings.default_estimate_ms
    );
    if (learned.p90 - learned.p50 > most_off) return std::nullopt;
    return millis_of(learned.p50);
  }

  // Idle slots, of workers that take work.
  bool find_slots() {
    std::optional<CapabilitySet> offered;
    for (const Worker& worker : state_.workers) {
      if (!worker.is_employed() || worker.lost) continue;
      if (!offered) offered = worker.capabilities;
      if (worker.capabilities != *offered) return false;
      const auto slots = static_cast<std::size_t>(worker.spec.slots);
      rest_.idle += slots - std::min(slots, slots_taken(state_, worker));
    }
    rest_.idle = std::min(rest_.idle, rest_.tasks.size());
    return offered && std::all_of(rest_.tasks.begin(), rest_.tasks.end(), [&](TaskIndex task) {
             return state_.covers(*offered, state_.task(task).capabilities);
           });
  }

  // What a task holds that runs, or that is held by hand, is not free.
  bool take_held(TaskIndex index) {
    const std::optional<PlanRest::Wishes> holds = wishes_of(state_.task(index).locks);
    if (!holds) return false;
    for (const PlanRest::Wish& wish : *holds) rest_.free[wish.resource] -= wish.units;
    return true;
  }

  // What runs, until when it is expected to. By task, so that equal states give equal rests.
  bool find_running() {
    for (const auto& [index, attempt] : state_.attempts) {
      if (attempt.lapsed) continue;
      if (!take_held(index)) return false;
      if (!state_.task(index).is_lock) running_.push_back(index);
    }
    std::sort(running_.begin(), running_.end());
    for (const TaskIndex index : running_) {
      const std::optional<Millis> takes = known_duration(index);
      if (!takes) return false;
      const Instant started = state_.find_attempt(index)->started;
      rest_.running.push_back(
          {.ends = std::max<Millis>(0, started + *takes - now_),
           .holds = *wishes_of(state_.task(index).locks)}
      );
    }
    return true;
  }

  std::uint32_t place_of(TaskIndex index) const {
    const auto at = std::lower_bound(rest_.tasks.begin(), rest_.tasks.end(), index);
    const bool is_here = at != rest_.tasks.end() && *at == index;
    return is_here ? static_cast<std::uint32_t>(at - rest_.tasks.begin()) : nowhere;
  }

  void link() {
    rest_.followers.resize(rest_.tasks.size());
    rest_.needs.resize(rest_.tasks.size());
    const auto add_followers = [&](TaskIndex index, PlanRest::Places& followers) {
      for (const TaskIndex dependant : state_.task(index).dependants) {
        const std::uint32_t place = place_of(dependant);
        if (place == nowhere) continue;
        followers.push_back(place);
        ++rest_.needs[place];
      }
    };
    for (std::size_t i = 0; i < rest_.tasks.size(); ++i) {
      add_followers(rest_.tasks[i], rest_.followers[i]);
    }
    for (std::size_t i = 0; i < running_.size(); ++i) {
      add_followers(running_[i], rest_.running[i].followers);
    }
  }

  const Pool& pool_;
  const State& state_;
  Instant now_;
  bool trusts_estimates_;
  std::set<TaskIndex> seen_;
  std::vector<TaskIndex> running_;
  Capacities capacities_ = capacities_of(state_.settings);
  std::map<std::string, std::size_t> resources_;
  std::map<LockSet, std::optional<PlanRest::Wishes>> wishes_;
  PlanRest rest_;
};

}  // namespace

std::optional<PlanRest> rest_of_plan(const Pool& pool, Instant now, std::size_t most) {
  const std::size_t open =
      pool.count(TaskState::ready) + pool.count(TaskState::waiting) + pool.count(TaskState::held);
  if (open == 0 || open > most || pool.ready().ready_count() == 0) return std::nullopt;
  return RestOfPlan(pool, now).find();
}

}  // namespace evener
