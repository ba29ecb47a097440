// Vital signs: when each lease really ends, when each worker was last heard, how far each attempt
// has come. While a server runs they live here, beside the state, and are no facts; only the
// decision "this lease has lapsed" is written down.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "core/indexed_heap.h"
#include "core/state.h"

namespace evener {

class Vitals {
 public:
  struct Lease {
    Fence fence;
    Instant expires = 0;
    Instant renewed = 0;
    Progress progress = {};
    Instant changed = 0;      // when the progress was seen to change last; set() finds out
    std::string output = {};  // the newest lines that were printed, as far as somebody said
  };

  // A lease begins, or lasts until another time.
  void set(TaskIndex task, Lease lease);
  void end(TaskIndex task);

  const Lease* find(TaskIndex task) const;

  void saw(WorkerIndex worker, Instant now);
  Instant last_seen(WorkerIndex worker) const;

  // The worker said how far it has come, beside the log.
  void reported(WorkerIndex worker, Instant now);
  Instant last_reported(WorkerIndex worker) const;

  // The next task whose lease ends at or before `now`, earliest first; the caller ends it.
  std::optional<TaskIndex> next_due(Instant now);

  // When next_due() may have something to say; 0 if never.
  Instant next_end() const { return ends_.empty() ? 0 : ends_.head().at; }

  const boost::unordered_flat_map<TaskIndex, Lease, std::hash<TaskIndex>>& leases() const {
    return leases_;
  }

 private:
  struct End {
    Instant at = 0;
    TaskIndex task;

    auto operator<=>(const End&) const = default;
  };

  HeapPositions positions_;
  IndexedHeap<End> ends_{positions_};  // not later than the lease; corrected when it comes up
  boost::unordered_flat_map<TaskIndex, Lease, std::hash<TaskIndex>> leases_;
  std::vector<Instant> seen_;
  std::vector<Instant> reported_;  // by worker; those at the end may be missing
};

}  // namespace evener
