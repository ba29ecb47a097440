// What a client does to the pool: operations on the tasks that everybody is busy with at the
// moment, with the fences that it was given, old ones among them, and now and then in another's
// name.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/seeded.h"
#include "history/operation.h"

namespace evener::history {

// How it is drawn, the same for all clients of a run.
struct Mix {
  std::int64_t tasks = 0;          // t0, t1, ...: there are so many
  std::int64_t turns_a_task = 40;  // about so many operations, then the work moves on
  bool has_short_leases = true;    // some lapse while the run lasts
  bool has_open_claims = true;     // "the best", which may be any task
};

std::string task_name(std::int64_t number);

// Whom a client claims for while the work is at that task; a worker has slots for what it may hold.
std::string worker_name(std::int64_t client, std::int64_t task);
inline constexpr std::int64_t tasks_a_worker = 64;

class RandomWork {
 public:
  RandomWork(
      const Mix& mix, std::int64_t client, std::uint64_t seed, std::atomic<std::int64_t>& turns
  )
      : mix_(mix), client_(client), numbers_(seed), turns_(turns) {}

  // The next operation, or nothing once all tasks had their turns.
  std::optional<Operation> next();

  // What came of it.
  void learn(const Operation& operation);

 private:
  struct Grant {
    std::string task;
    std::string worker;
    std::int64_t fence;
  };

  Operation claim(std::int64_t base);
  Operation by_holder(Kind kind, std::int64_t base);

  const Mix& mix_;
  std::int64_t client_;
  SeededNumbers numbers_;
  std::atomic<std::int64_t>& turns_;
  std::vector<Grant> grants_;  // the newest ones
};

}  // namespace evener::history
