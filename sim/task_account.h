// Tasks and workers as the facts tell them.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "model/task.h"
#include "model/worker.h"

namespace evener::sim {

struct TaskAccount {
  TaskSpec spec = {};
  std::string stage = "open";  // or running, done, failed, cancelled
  bool held = false;
  bool may_be_revived = false;  // its lease lapsed, and nobody has claimed it since
  bool was_offered = false;
  bool was_given_up = false;  // it failed for good, though it could have been tried again
  std::string holder = {};    // of the newest fence
  Fence fence = {};
  std::int64_t attempts = 0;
  std::int64_t failures = 0;  // since it was added or reopened
  Millis lease_ms = 0;
  Instant expires = 0;     // at the latest, as far as anybody was told
  Instant since = 0;       // when it became ready last, or its stage began
  Instant not_before = 0;  // backoff
  std::vector<std::string> children = {};

  // It only holds locks while somebody's command runs, and is no work.
  bool is_lock() const { return spec.kind == "lock"; }

  bool is_over() const { return stage == "done" || stage == "cancelled"; }

  bool is_closed() const { return is_over() || stage == "failed"; }
};

struct WorkerAccount {
  WorkerSpec spec = {};
  Seq since = {};  // the fact that made it known
  bool draining = false;
  bool set_aside = false;
};

}  // namespace evener::sim
