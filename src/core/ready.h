// The order of claims: which ready task a worker is offered. Ready tasks are grouped by what they
// require and for whom they are meant; each group keeps its order, and a claim compares the heads
// of the groups that its worker may take. Nothing is scanned, and what waits for locks is parked
// (bundles.h). A projection beside the state.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "core/bundles.h"
#include "core/indexed_heap.h"
#include "core/locks.h"
#include "core/order_key.h"
#include "core/paths.h"
#include "core/state.h"
#include "core/worker_shares.h"

namespace evener {

class ReadyIndex {
 public:
  ReadyIndex(const State& state, const PathLengths& paths, Locks& locks)
      : state_(state), paths_(paths), shares_(state), bundles_(state, locks) {}

  // Puts a task where it belongs now, or takes it out: `ready` is whether it may be offered once
  // its backoff has passed.
  void place(TaskIndex task, bool ready, Instant now);

  // Places every task at once, in an index that holds none yet: faster than one after another.
  // `may_be_offered(task)` is what `ready` is to place().
  template <typename MayBeOffered>
  void fill(Instant now, const MayBeOffered& may_be_offered) {
    now_ = std::max(now_, now);
    make_room();
    for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
      if (may_be_offered(TaskIndex{i})) put(TaskIndex{i}, now, Order::later);
    }
    order_all();
  }

  // The task's path length has changed, or from when it is pressed.
  void reorder(TaskIndex task);

  // Locks were taken or given back: what they block is parked, what they blocked is offered again.
  void settle();

  // The pool's age limit has changed; workers lead other roles; a worker has come, or changed.
  void limit_changed(Instant now);

  void roles_changed();

  void worker_changed(WorkerIndex worker);

  // A task's stage or expected duration changed, or what it requires.
  void work_changed(TaskIndex task) { shares_.touch(task); }

  const WorkerShares& shares() const { return shares_; }

  // Lets time pass: backoffs end, soft assignments open, deadlines begin to press, tasks that wait
  // for locks grow too old.
  void advance(Instant now);

  // In this order the ready tasks are best begun (look_ahead.cc). It holds until another task
  // becomes ready; within it, whoever may take the first that is left is offered that.
  void advise(std::vector<TaskIndex> order);

  // What is left of it.
  std::vector<TaskIndex> advice() const;

  // The best task for the worker: past the age limit and oldest; else as advised; else by priority,
  // pressed by a deadline (paths.h), for whom it is meant, longest remaining path with how well
  // such work suits the worker (skill.h), how many need it, how close it is to what the worker does
  // anyway (closeness.h), age. Where workers differ, the work that waits for those who may do it
  // counts to its path (worker_shares.h). no_task if there is none that it may take.
  TaskIndex best_for(const Worker& worker, Instant now) const;

  // How many ready tasks the worker may not take, by the reason: capability sets it does not cover,
  // assignees that it is not, locks that others hold (and some of these). For explanations only.
  struct Skipped {
    std::map<CapabilitySet, std::size_t> lacks;
    std::map<AssigneeIndex, std::size_t> meant_for_others;
    std::size_t locked = 0;
    std::vector<TaskIndex> some_locked = {};
  };

  Skipped skipped_by(const Worker& worker) const;

  bool is_ready(TaskIndex task) const;

  // Whether it is ready, or will be once its backoff has passed.
  bool has(TaskIndex task) const;

  std::size_t ready_count() const { return ready_count_; }

  // How many of them prefer some capability.
  std::size_t choosy_count() const { return choosy_count_; }

  // Ready tasks that anybody may take who has what they require, once their locks are free, in no
  // order.
  std::vector<TaskIndex> all_for_anybody() const;

  // Whether it is ready, and waits for locks.
  bool is_parked(TaskIndex task) const { return bundles_.is_parked(task); }

  // Every task that is ready and waits for locks, in no order.
  std::vector<TaskIndex> all_parked() const { return bundles_.all_parked(); }

  std::size_t delayed_count() const { return delayed_; }

  // When advance() has something to do next; 0 if never.
  Instant next_change() const { return timers_.empty() ? 0 : timers_.top().at; }

  // Grows with every task that becomes ready, so that waiting claims know when to look again.
  std::uint64_t arrivals() const { return arrivals_; }

  // The task that became ready in the last call of place() or advance(), in order; cleared by
  // the caller.
  std::vector<TaskIndex>& arrived() { return arrived_; }

 private:
  friend class Recount;

  struct Group {
    GroupKey key;
    std::vector<std::uint32_t>* list;  // where it is named while it has something to offer
    IndexedHeap<OrderKey> best;        // tasks without locks; the others are in bundles
    IndexedHeap<OrderKey> oldest;
  };

  // What a claim compares of a group, side by side with the others' so that many are looked at
  // fast.
  struct Head {
    OrderKey best;    // `task` is no_task if the group has nothing to offer
    OrderKey oldest;  // by age alone
    CapabilitySet capabilities;
    CapabilitySet prefers;
    AssigneeIndex assignee;
    KindIndex kind;
    std::uint32_t listed_at;  // in its list
  };

  // The order of claims for one worker, and where the head of a group stands in it.
  class Comparison;
  struct Place;

  struct Timer {
    Instant at;
    TaskIndex task;

    auto operator<=>(const Timer&) const = default;
  };

  enum class Where : std::uint8_t { out, delayed, ready };
  // Whether a task gets its place in a group's order now, or from order_all(), which must follow.
  enum class Order : std::uint8_t { now, later };

  TaskIndex closest_of(const Worker& worker, const Comparison& order, const Place& best) const;
  TaskIndex advised_for(const Worker& worker) const;
  void wait_for_press(TaskIndex task);
  void take_new_key(TaskIndex task);
  OrderKey best_key(TaskIndex task) const;
  OrderKey oldest_key(TaskIndex task) const;
  std::uint32_t group_for(const Task& task, bool open);
  bool is_soft_and_due(const Task& task, Instant now) const;
  bool is_aged(const Task& task, Instant now) const;
  void make_room();
  void put(TaskIndex task, Instant now, Order order);
  void enter(TaskIndex task, Instant now, Order order);
  void order_all();
  void leave(TaskIndex task);
  void update_head(std::uint32_t group);
  template <typename Visit>
  void for_each_group(const Worker& worker, const Visit& visit) const;

  const State& state_;
  const PathLengths& paths_;
  WorkerShares shares_;
  HeapPositions best_positions_;
  HeapPositions oldest_positions_;
  std::vector<std::uint32_t> group_of_;
  std::vector<Where> places_;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<Head> heads_;  // by group
  boost::unordered_flat_map<GroupKey, std::uint32_t> group_by_key_;
  Bundles bundles_;
  std::vector<std::uint32_t> open_groups_;                               // anyone may look
  std::map<AssigneeIndex, std::vector<std::uint32_t>> reserved_groups_;  // by assignee
  std::vector<std::uint32_t> by_name_;                                   // nobody looks
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::vector<TaskIndex> arrived_;
  std::vector<TaskIndex> advice_;
  std::uint64_t advised_at_ = 0;  // arrivals by then
  std::size_t ready_count_ = 0;
  std::size_t choosy_count_ = 0;
  std::size_t delayed_ = 0;
  std::uint64_t arrivals_ = 0;
  Instant now_ = 0;  // to which time has been let pass
};

}  // namespace evener
