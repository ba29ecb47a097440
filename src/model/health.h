// A worker that fails one task after the other is set aside: it gets no work until a pause is over,
// and then one task as a probe. Both facts follow from others (core/due.h); a person may bring a
// worker back at once.
#pragma once

#include <string>

#include "model/task.h"

namespace evener {

// `times` counts how often it was set aside since it last finished a task, this time included.
struct WorkerSetAside {
  static constexpr std::string_view type = "worker_set_aside";
  std::string worker = {};
  std::string reason = {};
  Instant until = 0;
  std::int64_t times = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &WorkerSetAside::worker, "Which", fact_text),
        field("reason", &WorkerSetAside::reason, "Why", fact_text),
        field("until", &WorkerSetAside::until, "From when on it may try one task, log time"),
        field("times", &WorkerSetAside::times, "How often in a row, from 1"),
    };
  }
};

struct WorkerReturned {
  static constexpr std::string_view type = "worker_returned";
  std::string worker = {};
  std::string reason = {};

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &WorkerReturned::worker, "Which takes work again", fact_text),
        field("reason", &WorkerReturned::reason, "Why", fact_text),
    };
  }
};

}  // namespace evener
