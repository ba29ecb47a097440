// The best schedule in hindsight: how soon the same workers could have done the same tasks, had
// they known every duration beforehand. What was taken beyond it is the price of coordination.
//
// Several list schedules and the real order, pressed together, are tried; a dozen jobs or fewer are
// searched exactly. Deterministic; times are milliseconds from the start.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace evener {

struct ScheduleProblem {
  struct Job {
    Millis duration = 0;                    // 0: takes no worker
    Millis release = 0;                     // not before
    std::vector<std::uint32_t> after = {};  // jobs that come first
    std::uint32_t kind = 0;                 // which workers may do it
    Millis started = 0;                     // when it really was, and by whom
    std::uint32_t worker = 0;
  };

  std::vector<Job> jobs = {};
  std::vector<std::uint32_t> slots = {};    // of each worker, 1 or more
  std::vector<std::vector<bool>> may = {};  // [kind][worker]; somebody for every kind
};

struct BestSchedule {
  Millis length = 0;
  // No schedule is shorter: the longest chain, and the work of each kind shared by those who may do
  // it.
  Millis lower_bound = 0;
  bool optimal = false;  // `length` is known to be the shortest
};

// Jobs on a cycle are taken as if they came after nothing.
BestSchedule best_schedule(ScheduleProblem problem);

}  // namespace evener
