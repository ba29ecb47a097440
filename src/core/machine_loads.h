// How busy each machine is: the slots of its workers that run something, and what its runners say
// of its cores and memory. A projection beside the state; what runners say is a vital sign.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <vector>

#include "core/state.h"

namespace evener {

// Counted when somebody asks, which is when workers wait: a claim that does not pays nothing for
// it.
class MachineLoads {  // Invariant: slots and tasks, once counted, are what a recount gives.
 public:
  explicit MachineLoads(const State& state) : state_(state) {}

  // A worker came, was described, or holds other tasks.
  void touch(WorkerIndex worker);

  // A runner of the worker's machine says how that is loaded.
  void told(WorkerIndex worker, const MachineLoad& load, Instant now);

  // What was told last of the worker's machine, unless that is older than a minute.
  std::optional<MachineLoad> load_of(const Worker& worker, Instant now) const;

  // Thousandths, and more where a machine has more to do than slots: the largest share of its
  // slots, cores and memory. A worker that names no machine is one.
  std::int64_t busy(const Worker& worker, Instant now) const;

 private:
  friend class Recount;

  struct Counted {
    AssigneeIndex machine = anyone;
    std::int64_t slots = 0;
    std::int64_t running = 0;

    bool operator==(const Counted&) const = default;
  };

  struct Sums {
    std::int64_t slots = 0;
    std::int64_t running = 0;
    MachineLoad load = {};
    Instant told_at = 0;  // 0: never
  };

  using Machines = boost::unordered_flat_map<AssigneeIndex, Sums, std::hash<AssigneeIndex>>;

  Counted count(const Worker& worker) const;
  void recount(WorkerIndex worker) const;
  const Machines& machines() const;  // with all that was touched

  const State& state_;
  mutable std::vector<Counted> counted_;  // by worker
  mutable std::vector<bool> is_touched_;  // by worker
  mutable std::vector<WorkerIndex> touched_;
  mutable Machines machines_;
};

}  // namespace evener
