// Workers that fail one task after the other: counting, setting aside, coming back.
#include "core/health.h"

#include <algorithm>

#include "core/pool.h"

namespace evener {

bool has_health_news(const WorkerHealth& health, const PoolSettings& settings) {
  const std::int64_t limit = settings.fail_limit;
  if (health.is_set_aside()) return limit == 0 || health.news != WorkerHealth::News::none;
  return limit > 0 && std::ssize(health.failed) >= limit;
}

Millis set_aside_pause(std::int64_t times) {
  constexpr Millis first = 60'000;
  constexpr Millis longest = 3'600'000;
  constexpr std::int64_t most_doublings = 6;
  return std::min(longest, first << std::min(times, most_doublings));
}

void Pool::judge_health(WorkerIndex worker) {
  if (has_health_news(state_.worker(worker).health, state_.settings)) {
    health_news_.insert(worker);
  } else {
    health_news_.erase(worker);
  }
}

void Pool::count_failure(WorkerIndex worker, TaskIndex task, bool was_probe) {
  WorkerHealth& health = state_.worker(worker).health;
  if (was_probe) {
    health.news = WorkerHealth::News::failed;
    health.failed = {task};
  } else if (!health.is_set_aside() && state_.settings.fail_limit > 0) {
    const bool is_new =
        std::find(health.failed.begin(), health.failed.end(), task) == health.failed.end();
    if (is_new) health.failed.push_back(task);
  }
  judge_health(worker);
}

void Pool::count_success(WorkerIndex worker) {
  WorkerHealth& health = state_.worker(worker).health;
  if (health.is_set_aside()) {
    health.news = WorkerHealth::News::finished;
  } else {
    health = {};
  }
  judge_health(worker);
}

bool Pool::is_probe(WorkerIndex worker, TaskIndex task) const {
  return state_.worker(worker).health.probe == task;
}

void Pool::begin_probe(WorkerIndex worker, TaskIndex task) {
  WorkerHealth& health = state_.worker(worker).health;
  const bool is_one = health.is_set_aside() && !state_.task(task).is_lock;
  if (is_one && health.probe == no_task) health.probe = task;
}

void Pool::apply_body(const WorkerSetAside& fact, const Fact&) {
  const WorkerIndex index = known_worker(fact.worker);
  WorkerHealth& health = state_.worker(index).health;
  health = {};
  health.times = fact.times;
  health.until = fact.until;
  health.reason = fact.reason;
  judge_health(index);
  ready_.worker_changed(index);
}

void Pool::apply_body(const WorkerReturned& fact, const Fact&) {
  const WorkerIndex index = known_worker(fact.worker);
  state_.worker(index).health = {};
  judge_health(index);
  ready_.worker_changed(index);
}

}  // namespace evener
