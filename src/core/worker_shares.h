// How much work that nobody has begun lies on each kind of worker: every open task spreads its
// expected duration evenly over the slots of those who offer what it requires. Where workers
// differ, what only busy ones can do is begun sooner, what others may do as well waits, and of
// those who are free the one with the least such work is answered first. Part of the order of
// claims (ready.h); a projection beside the state.
//
// Workers that offer the same capabilities are a kind. Tasks that are meant for somebody stand
// outside: nobody shares them. With more than 64 kinds nothing is shared out, so that a claim does
// not come to look at as many kinds as there are workers.
//
// Until workers differ for the first time nothing is counted, so that a pool whose workers are all
// alike pays nothing.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/state.h"

namespace evener {

// Where a worker stands among those that wait for an answer; smaller goes first (answer_order.h).
struct AnswerPlace {
  Millis load = 0;               // of each of its slots; 0 where work is not shared out
  std::size_t capabilities = 0;  // that it offers
  std::uint64_t order = 0;       // smaller waits longer

  auto operator<=>(const AnswerPlace&) const = default;
};

class WorkerShares {  // Invariant: loads are what a recount of open tasks and workers gives.
 public:
  explicit WorkerShares(const State& state) : state_(state) {}

  // A task was added, began, ended, is open again, or its expected duration or requirements
  // changed.
  void touch(TaskIndex task) {
    if (is_counting_) count(task);
  }

  // A worker came, or offers something else, or takes work no more, or again.
  void touch(WorkerIndex worker);

  // Whether work is shared out: there are workers of several kinds.
  bool differ() const { return !kinds_.empty(); }

  // Milliseconds of work that wait for each slot of the least loaded kind that may do such a task;
  // 0 if there is none.
  Millis of(CapabilitySet wanted) const;

  // Who must do the work that `of` tells of: the worker, if there is but one that may.
  std::optional<WorkerIndex> only_taker(CapabilitySet wanted) const;

  AnswerPlace place_of(CapabilitySet offered, std::uint64_t order) const;

 private:
  static constexpr std::size_t most_kinds_ = 64;

  struct Kind {
    CapabilitySet offered;
    std::int64_t slots = 0;  // of those who take work
    Millis load = 0;         // of each slot
  };

  struct Work {  // of tasks that require the same
    Millis sum = 0;
    Millis share = 0;          // of each slot
    std::int64_t slots = 0;    // of all who may do it
    std::uint64_t takers = 0;  // bit i: kinds_[i] may do it
  };

  struct Counted {
    CapabilitySet wanted = {};
    Millis duration = 0;

    bool operator==(const Counted&) const = default;
  };

  struct Seen {
    CapabilitySet offered = {};
    std::int64_t slots = 0;

    bool operator==(const Seen&) const = default;
  };

  void count(TaskIndex task);
  void add_work(const Counted& work, int sign);
  void add_slots(const Seen& worker, int sign);
  void look_for_takers(CapabilitySet wanted);
  void share_out(Work& work);
  void begin_again();
  std::uint64_t takers_of(CapabilitySet wanted) const;

  const State& state_;
  std::map<CapabilitySet, std::int64_t> slots_;  // of workers who take work, by what they offer
  std::vector<Kind> kinds_;                      // the same, while they differ
  std::vector<Work> works_;                      // by CapabilitySet
  std::vector<Counted> counted_;                 // by task
  std::vector<Seen> seen_;                       // by worker
  bool is_counting_ = false;
};

}  // namespace evener
