// The order of claims: which ready task a worker is offered. Ready tasks are grouped by what they
// require and for whom they are meant; each group keeps its order, and a claim compares the heads
// of the groups that its worker may take. Nothing is scanned. A projection beside the state.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "core/indexed_heap.h"
#include "core/paths.h"
#include "core/state.h"

namespace evener {

// Whether `assignee` names this worker, itself or by its role, machine or team.
bool is_meant_for(AssigneeIndex assignee, const Worker& worker);

// A task's place within its group: smaller goes first.
struct OrderKey {
  Instant since = 0;       // then age
  std::uint32_t rank = 0;  // first: priority, then the longest remaining path, longest first
  TaskIndex task;          // then creation

  bool operator==(const OrderKey&) const = default;

  bool operator<(const OrderKey& other) const {
    if (rank != other.rank) return rank < other.rank;
    return since != other.since ? since < other.since : task < other.task;
  }
};

class ReadyIndex {
 public:
  ReadyIndex(const State& state, const PathLengths& paths) : state_(state), paths_(paths) {}

  // Puts a task where it belongs now, or takes it out: `ready` is whether it may be offered once
  // its backoff has passed.
  void place(TaskIndex task, bool ready, Instant now);

  // The task's path length has changed.
  void reorder(TaskIndex task);

  // Lets time pass: backoffs end, soft assignments open.
  void advance(Instant now);

  // The best task for the worker: past the age limit and oldest; else by priority, for whom it is
  // meant, longest remaining path, age. no_task if there is none that it may take.
  TaskIndex best_for(const Worker& worker, Instant now) const;

  // How many ready tasks the worker may not take, by the reason: capability sets it does not cover
  // and assignees that it is not. For explanations only.
  struct Skipped {
    std::map<CapabilitySet, std::size_t> lacks;
    std::map<AssigneeIndex, std::size_t> meant_for_others;
  };

  Skipped skipped_by(const Worker& worker) const;

  bool is_ready(TaskIndex task) const;

  // Whether it is ready, or will be once its backoff has passed.
  bool has(TaskIndex task) const;

  std::size_t ready_count() const { return ready_count_; }

  std::size_t delayed_count() const { return delayed_; }

  // When advance() has something to do next; 0 if never.
  Instant next_change() const { return timers_.empty() ? 0 : timers_.top().at; }

  // Grows with every task that becomes ready, so that waiting claims know when to look again.
  std::uint64_t arrivals() const { return arrivals_; }

  // The task that became ready in the last call of place() or advance(), in order; cleared by
  // the caller.
  std::vector<TaskIndex>& arrived() { return arrived_; }

 private:
  struct Group {
    CapabilitySet capabilities;
    AssigneeIndex assignee;  // for whom it is meant; `anyone`
    bool open = true;        // whether others may take it too
    IndexedHeap<OrderKey> best;
    IndexedHeap<OrderKey> oldest;
  };

  // What a claim compares of a group, side by side with the others' so that many are looked at
  // fast.
  struct Head {
    OrderKey best;       // `task` is no_task if the group is empty
    Instant oldest = 0;  // since when its oldest task is ready
    CapabilitySet capabilities;
    AssigneeIndex assignee;
  };

  struct Timer {
    Instant at;
    TaskIndex task;

    auto operator<=>(const Timer&) const = default;
  };

  enum class Place : std::uint8_t { out, delayed, ready };

  OrderKey best_key(TaskIndex task) const;
  OrderKey oldest_key(TaskIndex task) const;
  std::uint32_t group_for(const Task& task, bool open);
  bool is_soft_and_due(const Task& task, Instant now) const;
  void enter(TaskIndex task, Instant now);
  void leave(TaskIndex task);
  void update_head(std::uint32_t group);
  template <typename Visit>
  void for_each_group(const Worker& worker, const Visit& visit) const;

  const State& state_;
  const PathLengths& paths_;
  HeapPositions best_positions_;
  HeapPositions oldest_positions_;
  std::vector<std::uint32_t> group_of_;
  std::vector<Place> places_;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<Head> heads_;  // by group
  std::map<std::tuple<CapabilitySet, AssigneeIndex, bool>, std::uint32_t> group_by_key_;
  std::vector<std::uint32_t> open_groups_;                               // anyone may look
  std::map<AssigneeIndex, std::vector<std::uint32_t>> reserved_groups_;  // by assignee
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::vector<TaskIndex> arrived_;
  std::size_t ready_count_ = 0;
  std::size_t delayed_ = 0;
  std::uint64_t arrivals_ = 0;
};

}  // namespace evener
