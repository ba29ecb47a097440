// Who holds which lock. A running task holds all that it wishes (its `paths` and `locks`) from its
// claim to its end; an attempt that lapsed holds nothing. A claim takes all locks of a task at
// once, so nobody holds one while waiting for another, and there is no deadlock.
//
// Tasks that wait longer than the pool's age limit have their locks *kept* for them: younger tasks
// that conflict are not started first, so that whoever wants much gets it some day.
//
// A projection beside the state. What is wished once, by whichever tasks, is one *name*: a resource
// or a glob. Each name counts what is held against it, by tasks that hold it or a glob that
// overlaps, so that whether a set is blocked is read off its names. Only names that ready or
// running tasks wish are known here.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <compare>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/lock_wish.h"
#include "core/path_index.h"
#include "core/state.h"

namespace evener {

// Since when a task is ready; smaller is older.
struct Age {
  Instant since = 0;
  TaskIndex task;

  auto operator<=>(const Age&) const = default;
};

// Why a task cannot have a lock now: another task holds what conflicts, or it is kept for one that
// has waited too long.
struct LockObstacle {
  TaskIndex task;  // the other
  bool is_kept = false;
  LockWish wanted;
  LockWish held;  // by the other, or kept for it
};

class Locks {  // Invariant: what is held is what running tasks wish (recount.h).
 public:
  explicit Locks(const State& state) : state_(state) {}

  Locks(const Locks&) = delete;
  Locks& operator=(const Locks&) = delete;

  // ---- what is going on ------------------------------------------------------------------------

  // The task runs, with the wishes that it has now; it runs no more.
  void hold(TaskIndex task);
  void release(TaskIndex task);

  // The locks are kept for the task; no longer.
  void keep(const Age& age);
  void stop_keeping(const Age& age);

  // A set that ready tasks wish; no longer. Counted.
  void enrol(LockSet set);
  void withdraw(LockSet set);

  // The pool's resources have changed.
  void read_capacities();

  bool has_changed() const { return !changed_.empty(); }

  // Enrolled sets for which an answer below may have changed since the last call; in order.
  std::vector<LockSet> take_changed();

  // ---- what is true ----------------------------------------------------------------------------

  bool is_holding(TaskIndex task) const { return holders_.contains(task); }

  std::size_t holder_count() const { return holders_.size(); }

  const Capacities& capacities() const { return capacities_; }

  // The task's parent if a task above it holds locks, which then do not keep it from running; else
  // no_task. All subtasks of a parent have the same kin.
  TaskIndex kin_of(TaskIndex task) const;

  // Whether tasks that wish this set, and whose kin this is, must wait for others that run. The set
  // is enrolled.
  bool is_blocked(LockSet set, TaskIndex kin) const;

  // The oldest task for which a lock is kept that conflicts with the enrolled set.
  std::optional<Age> kept_before(LockSet set) const;

  // Grows whenever a task takes or gives back its locks.
  std::uint64_t moves() const { return moves_; }

  bool keeps_any() const { return kept_ > 0; }

  // What keeps the task from running, but for its own line of parents and subtasks: those that run
  // first, then those older than it for which locks are kept; at most `most`. `wishes` need not be
  // those it has now.
  std::vector<LockObstacle> obstacles(
      TaskIndex task, const LockWishes& wishes, std::size_t most = SIZE_MAX
  ) const;

  // Only what others hold, whoever they are but for those that are exempt.
  using Exempt = std::function<bool(TaskIndex other)>;
  std::vector<LockObstacle> held_against(const LockWishes& wishes, const Exempt& is_exempt) const;

  // Everything held that conflicts with somebody who would take `wish`; `wanted` is the wish.
  std::vector<LockObstacle> holders_of(const LockWish& wish) const;

 private:
  friend class Recount;

  // A resource or a glob. Counts are of wishes, not of tasks: a set may have several that meet.
  struct Name {
    std::string text;  // "" if this place is free
    std::optional<PathGlob> glob;
    std::uint32_t wished = 0;    // by how many enrolled sets
    std::set<LockSet> sets;      // which
    std::int64_t exclusive = 0;  // held of it or of what overlaps it; of a resource, units
    std::int64_t shared = 0;
    std::int64_t own_exclusive = 0;  // held of it itself
    std::int64_t own_shared = 0;
    std::set<TaskIndex> holders;
    std::set<Age> kept_exclusive;
    std::set<Age> kept_shared;
  };

  struct Wanted {
    std::uint32_t name;
    bool is_shared;
    std::int64_t units;
  };

  struct Enrolled {
    std::size_t count = 0;
    std::vector<Wanted> wanted;
  };

  std::uint32_t name_for(const LockWish& wish);
  void drop_name(std::uint32_t name);
  void count(TaskIndex task, LockSet set, bool begins);
  void count_kept(const Age& age, LockSet set, bool begins);
  bool names_overlap(std::uint32_t a, std::uint32_t b) const;
  bool is_kin(TaskIndex a, TaskIndex b) const;
  const Wanted* wanted_by(LockSet set, std::uint32_t name) const;
  void append_held(const LockWish& wish, const Exempt& is_exempt, std::vector<LockObstacle>& out)
      const;
  void append_kept(
      const LockWish& wish,
      const Age& before,
      const Exempt& is_exempt,
      std::vector<LockObstacle>& out
  ) const;
  LockWish wish_of(const Wanted& wanted) const;

  // Every name that shares something with this one, itself included.
  template <typename Visit>
  void for_each_meeting(
      const std::optional<PathGlob>& glob, std::string_view text, const Visit& visit
  ) const {
    if (!glob) {
      const auto found = resources_.find(text);
      if (found != resources_.end()) visit(found->second);
      return;
    }
    paths_.for_each_candidate(*glob, [&](std::uint32_t name) {
      if (overlap(*glob, *names_[name].glob)) visit(name);
    });
  }

  const State& state_;
  Capacities capacities_;
  std::vector<Name> names_;
  std::vector<std::uint32_t> free_names_;
  std::map<std::string, std::uint32_t, std::less<>> resources_;
  std::map<std::string, std::uint32_t, std::less<>> globs_;
  PathIndex paths_;
  boost::unordered_flat_map<LockSet, Enrolled, std::hash<LockSet>> enrolled_;
  boost::unordered_flat_map<TaskIndex, LockSet, std::hash<TaskIndex>> holders_;
  boost::unordered_flat_map<TaskIndex, LockSet, std::hash<TaskIndex>> kept_sets_;
  std::vector<LockSet> changed_;
  std::size_t kept_ = 0;
  std::uint64_t moves_ = 0;
};

// Whether two wishes cannot both be met, one resource having `capacity`.
bool conflict(const LockWish& a, const LockWish& b, std::int64_t capacity);

// Whether two tasks with these wishes cannot run at once.
bool have_conflict(const LockWishes& a, const LockWishes& b, const Capacities& capacities);

}  // namespace evener
