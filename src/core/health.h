// What the state knows of a worker's failures in a row, and of its being set aside for them
// (model/health.h).
#pragma once

#include <string>
#include <vector>

#include "core/gate.h"

namespace evener {

struct WorkerHealth {
  // What the probe came to, as long as no fact has told of it.
  enum class News : std::uint8_t { none, failed, finished };

  std::vector<TaskIndex> failed;  // different tasks, since it last finished one or was set aside
  std::int64_t times = 0;         // set aside so often since it last finished a task
  Instant until = 0;              // set aside, and may try one task from then on; 0: it is not
  std::string reason;
  TaskIndex probe{UINT32_MAX};  // the one task that it holds since; or no_task
  News news = News::none;

  bool is_set_aside() const { return until != 0; }

  // Whether it may take a task now: whoever is set aside, one at a time, behind the pause.
  bool takes_work(Instant now) const {
    return !is_set_aside() || (until <= now && probe.value == UINT32_MAX);
  }

  bool operator==(const WorkerHealth&) const = default;
};

// Whether a fact must follow: that it is set aside (again), or takes work again.
bool has_health_news(const WorkerHealth& health, const PoolSettings& settings);

// How long a worker is kept from work that was set aside `times` before: a minute, then twice as
// long with every time, at most an hour.
Millis set_aside_pause(std::int64_t times);

}  // namespace evener
