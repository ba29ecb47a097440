// Ready tasks that wish locks. Within a group (ready.h), those that wish the same are a bundle. A
// bundle whose locks are held by others, or kept for an older task, is parked: a claim does not see
// it. All others stand in the group's heaps by their heads, so that a claim looks at one head a
// group however many different locks are wished.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "core/indexed_heap.h"
#include "core/locks.h"
#include "core/order_key.h"

namespace evener {

class Bundles {  // Invariant: after settle(), a bundle is parked if and only if must_wait() says
                 // so.
 public:
  Bundles(const State& state, Locks& locks) : state_(state), locks_(locks) {}

  // Adds a task to a group; `is_aged`: it has been ready for longer than the pool's age limit.
  void insert(
      std::uint32_t group,
      const GroupKey& key,
      const OrderKey& best,
      const OrderKey& oldest,
      bool is_aged
  );
  void erase(TaskIndex task);
  void reorder(const OrderKey& best);
  void set_aged(TaskIndex task, bool is_aged);

  bool contains(TaskIndex task) const { return task.value < of_.size() && of_[task.value] != none; }

  // Locks are kept for aged tasks only as long as somebody is there who could take them.
  void workers_changed();

  // Parks and unparks what must be, after any of the above, and after locks were taken or given
  // back.
  void settle();

  // Whether settle() has something to do, or the two below something to say.
  bool has_news() const {
    return !changed_groups_.empty() || !unparked_.empty() || locks_.has_changed() ||
           moves_seen_ != locks_.moves();
  }

  // What settle() and the others have changed since the last call: groups with other heads, and a
  // task of each bundle that was unparked.
  std::vector<std::uint32_t> take_changed_groups();
  std::vector<TaskIndex> take_unparked();

  // The head of what is not parked; nullptr if that is nothing.
  const OrderKey* best(std::uint32_t group) const;
  const OrderKey* oldest(std::uint32_t group) const;

  // Heads of bundles that are not parked, as IndexedHeap::for_first() visits them.
  template <typename IsLike, typename Visit>
  void for_first(std::uint32_t group, std::size_t most, const IsLike& is_like, const Visit& visit)
      const {
    if (const Group* const found = find(group)) found->best.for_first(most, is_like, visit);
  }

  std::size_t size(std::uint32_t group) const;  // parked or not
  std::size_t parked_size(std::uint32_t group) const;

  bool is_parked(TaskIndex task) const {
    return contains(task) && bundles_[of_[task.value]]->is_parked;
  }

  // Visits every task with its group, in no order.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const auto& bundle : bundles_) {
      if (bundle == nullptr) continue;
      for (const OrderKey& key : bundle->best.keys()) visit(bundle->group, key.task);
    }
  }

  // Every task that is parked, in no order.
  std::vector<TaskIndex> all_parked() const;

  // The best task of some parked bundles of the group, at most `most` of them.
  std::vector<TaskIndex> some_parked(std::uint32_t group, std::size_t most) const;

 private:
  friend class Recount;

  static constexpr std::uint32_t none = UINT32_MAX;

  struct Bundle {
    std::uint32_t group;
    LockSet set;
    TaskIndex kin;
    IndexedHeap<OrderKey> best;
    IndexedHeap<OrderKey> oldest;
    bool is_parked = false;
    // Under which tasks it stands in the group's heaps; no_task: it does not.
    TaskIndex listed_best = no_task;
    TaskIndex listed_oldest = no_task;
  };

  struct Group {
    Group(const GroupKey& of, HeapPositions& best_heads, HeapPositions& oldest_heads)
        : key(of), best(best_heads), oldest(oldest_heads) {}

    GroupKey key;
    IndexedHeap<OrderKey> best;  // the heads of bundles that are not parked
    IndexedHeap<OrderKey> oldest;
    std::size_t size = 0;
    std::set<std::uint32_t> parked;
    std::size_t parked_size = 0;
    std::set<Age> aged;
    bool has_taker = false;
  };

  using Key = std::tuple<std::uint32_t, LockSet, TaskIndex>;

  bool must_wait(const Bundle& bundle) const;
  bool has_taker(const GroupKey& key) const;
  void judge(std::uint32_t bundle);
  void judge_if_kept(std::uint32_t bundle);
  void list(Bundle& bundle);
  void unlist(Bundle& bundle);
  void set_parked(std::uint32_t bundle, bool is_parked);
  std::uint32_t bundle_for(std::uint32_t group, TaskIndex task);
  void drop(std::uint32_t bundle);
  Age age_of(TaskIndex task) const;
  const Group* find(std::uint32_t group) const;

  const State& state_;
  Locks& locks_;
  HeapPositions best_positions_;
  HeapPositions oldest_positions_;
  HeapPositions best_head_positions_;
  HeapPositions oldest_head_positions_;
  std::vector<std::uint32_t> of_;  // by task: its bundle
  std::vector<std::unique_ptr<Bundle>> bundles_;
  std::vector<std::uint32_t> free_;
  std::map<Key, std::uint32_t> by_key_;
  std::map<LockSet, std::set<std::uint32_t>> by_set_;
  std::set<std::uint32_t> with_kin_;
  std::map<std::uint32_t, Group> groups_;
  std::size_t aged_ = 0;
  std::uint64_t moves_seen_ = 0;
  std::vector<std::uint32_t> changed_groups_;
  std::vector<TaskIndex> unparked_;
};

}  // namespace evener
