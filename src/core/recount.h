// Everything that a pool keeps beside its facts, computed again from the state by plain loops:
// counts, indexes, the other ends of edges, longest paths. What differs is a broken invariant.
#pragma once

#include <fmt/ranges.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/pool.h"

namespace evener {

class Recount {
 public:
  // What is kept and what is counted, one line for each difference; empty if all agree.
  static std::vector<std::string> differences(const Pool& pool);

 private:
  explicit Recount(const Pool& pool) : pool_(pool), state_(pool.state_) {}

  void count_edges();
  void check_requirements();
  void count_stages();
  void check_order_of_needs();
  void check_attempts();
  void check_workers();
  void check_loads();
  void check_ready();
  void check_gates();
  void check_blockers();
  void check_messages();  // recount_messages.cc
  void check_reports();
  bool has_channel(const Worker& worker, WorkerIndex index, const std::string& name) const;
  void check_self_ticks();
  void check_schedules();
  void check_kinds();  // recount_kinds.cc
  void check_paths();
  void check_shares();  // recount_shares.cc
  void check_locks();   // recount_locks.cc
  void count_holders();
  void count_names();
  std::vector<TaskIndex> count_kept();
  void check_bundles(const std::vector<TaskIndex>& kept);
  bool must_wait(TaskIndex task, const std::vector<TaskIndex>& kept) const;
  bool are_apart(const std::vector<LockWish>& a, const std::vector<LockWish>& b) const;
  bool is_above(TaskIndex above, TaskIndex below) const;

  bool is_done(TaskIndex task) const { return state_.task(task).stage == Stage::done; }

  bool is_over(TaskIndex task) const {
    return is_done(task) || state_.task(task).stage == Stage::cancelled;
  }

  bool may_be_offered(TaskIndex task) const;
  bool may_start(const Gate& phase) const;
  bool is_open(const Gate& gate) const;
  Millis path_from(TaskIndex task);
  Millis path_through(TaskIndex task);
  Instant pressed_from(TaskIndex task);

  // Notes a difference unless both are the same.
  template <typename Kept, typename Counted>
  void compare(std::string_view what, const Kept& kept, const Counted& counted) {
    if (kept == counted || differences_.size() >= most_told_) return;
    differences_.push_back(fmt::format("{}: kept {}, counted {}", what, kept, counted));
  }

  void require(bool holds, std::string_view what);

  template <typename Visit>
  void for_each_task(const Visit& visit) const {
    for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) visit(TaskIndex{i});
  }

  static constexpr std::size_t most_told_ = 100;

  const Pool& pool_;
  const State& state_;
  std::vector<std::pair<TaskIndex, LockWish>> held_;  // by running tasks
  bool has_order_ = true;                             // no task comes, step by step, before itself
  std::vector<TaskIndex> order_;          // every task after all that must be finished before it
  std::vector<Millis> paths_;             // -1: not computed yet
  std::map<TaskIndex, Instant> pressed_;  // those that are computed
  std::vector<std::string> differences_;
};

}  // namespace evener
