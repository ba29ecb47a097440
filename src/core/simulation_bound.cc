#include "core/simulation_bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/graph.h"
#include "core/lock_wish.h"

namespace evener {
namespace {

constexpr Millis nobody = -1;  // may do it

class BoundSearch {
 public:
  BoundSearch(const Pool& pool, const std::vector<TrueDuration>& durations)
      : pool_(pool), state_(pool.state()), count_(state_.tasks.size()) {
    for (std::uint32_t i = 0; i < count_; ++i) look_at(TaskIndex{i}, durations[i]);
    order();
    measure();
  }

  LowerBound find() {
    for (std::size_t i = 0; i < count_; ++i) {
      raise(heads_[i] + std::max<Millis>(lengths_[i], 0) + tails_[i], "the longest chain");
    }
    for (const auto& [who, slots] : slots_) bound_by_work(who, slots);
    bound_by_locks();
    return best_;
  }

 private:
  using Workers = std::vector<bool>;

  void raise(Millis length, const std::string& by) {
    if (length > best_.length) best_ = {length, by};
  }

  void look_at(TaskIndex index, const TrueDuration& duration) {
    const Task& task = state_.task(index);
    Workers who(state_.workers.size());
    Millis shortest = nobody;
    std::int64_t slots = 0;
    for (std::size_t w = 0; w < who.size(); ++w) {
      const Worker& worker = state_.workers[w];
      const bool is_meant = task.assignee == anyone || task.assignee_delay >= 0 ||
                            is_meant_for(task.assignee, worker);
      who[w] = is_meant && state_.covers(worker.capabilities, task.capabilities);
      if (!who[w]) continue;
      slots += worker.spec.slots;
      const Millis takes = duration.on(w);
      shortest = shortest == nobody ? takes : std::min(shortest, takes);
    }
    lengths_.push_back(shortest);
    if (shortest != nobody) slots_.emplace(who, slots);
    who_may_.push_back(std::move(who));
  }

  void join(std::uint32_t first, std::uint32_t next) {
    before_[next].push_back(first);
    after_[first].push_back(next);
  }

  // Behind the tasks, two nodes for each phase or gate: it begins, and it opens. They take no time.
  std::uint32_t begun(GateIndex gate) const {
    return static_cast<std::uint32_t>(count_) + 2 * gate.value;
  }

  std::uint32_t opened(GateIndex gate) const { return begun(gate) + 1; }

  void join_all() {
    const std::size_t nodes = count_ + 2 * state_.gates.size();
    lengths_.resize(nodes);
    before_.resize(nodes);
    after_.resize(nodes);
    for (std::uint32_t i = 0; i < count_; ++i) {
      for_each_prerequisite(state_, TaskIndex{i}, [&](TaskIndex first) { join(first.value, i); });
      for (TaskIndex at{i}; at != no_task; at = state_.task(at).parent) {
        if (state_.task(at).phase != no_gate) join(begun(state_.task(at).phase), i);
      }
    }
    for (std::uint32_t i = 0; i < state_.gates.size(); ++i) {
      const GateIndex index{i};
      const Gate& gate = state_.gate(index);
      join(begun(index), opened(index));
      for (const TaskIndex task : gate.tasks) join(task.value, opened(index));
      for (const GateIndex follower : gate.followers) join(opened(index), begun(follower));
    }
  }

  // The nodes in an order in which whatever must be over first comes first. Those that wait for one
  // another, as tasks can by their phases, are never over: they and what is behind them are left
  // out.
  void order() {
    join_all();
    std::vector<std::size_t> open(before_.size());
    for (std::uint32_t i = 0; i < open.size(); ++i) {
      open[i] = before_[i].size();
      if (open[i] == 0) order_.push_back(i);
    }
    for (std::size_t at = 0; at < order_.size(); ++at) {
      for (const std::uint32_t next : after_[order_[at]]) {
        if (--open[next] == 0) order_.push_back(next);
      }
    }
  }

  // Heads: the longest chain before a task begins; tails: that after it has ended.
  void measure() {
    heads_.resize(before_.size());
    tails_.resize(before_.size());
    for (const std::uint32_t i : order_) {
      for (const std::uint32_t first : before_[i]) {
        heads_[i] = std::max(heads_[i], heads_[first] + std::max<Millis>(lengths_[first], 0));
      }
    }
    for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
      for (const std::uint32_t next : after_[*at]) {
        tails_[*at] = std::max(tails_[*at], tails_[next] + std::max<Millis>(lengths_[next], 0));
      }
    }
  }

  static bool is_within(const Workers& few, const Workers& many) {
    for (std::size_t w = 0; w < few.size(); ++w) {
      if (few[w] && !many[w]) return false;
    }
    return true;
  }

  // What only these workers may do. Of the tasks that begin no sooner than some instant, all work
  // comes after it; of those behind which a chain follows, that chain comes after the work.
  void bound_by_work(const Workers& who, std::int64_t slots) {
    std::vector<std::uint32_t> theirs;
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (lengths_[i] > 0 && is_within(who_may_[i], who)) theirs.push_back(i);
    }
    const auto workers = std::count(who.begin(), who.end(), true);
    const std::string by = fmt::format("the work of {} worker{}", workers, workers == 1 ? "" : "s");
    bound_by_chains(theirs, slots, by, heads_, tails_);
    bound_by_chains(theirs, slots, by, tails_, heads_);
  }

  void bound_by_chains(
      std::vector<std::uint32_t>& tasks,
      std::int64_t slots,
      const std::string& by,
      const std::vector<Millis>& one_side,
      const std::vector<Millis>& other_side
  ) {
    std::sort(tasks.begin(), tasks.end(), [&](std::uint32_t a, std::uint32_t b) {
      return one_side[a] > one_side[b];
    });
    Millis work = 0;
    Millis least_other = 0;
    for (std::size_t n = 0; n < tasks.size(); ++n) {
      const std::uint32_t task = tasks[n];
      work += lengths_[task];
      least_other = n == 0 ? other_side[task] : std::min(least_other, other_side[task]);
      raise(one_side[task] + (work + slots - 1) / slots + least_other, by);
    }
  }

  void bound_by_locks() {
    std::map<std::string, Millis> held;  // by resource: units times duration
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (lengths_[i] <= 0) continue;
      const LockWishes& wishes = state_.lock_sets.wishes(state_.task(TaskIndex{i}).locks);
      for (const LockWish& wish : readable_wishes(wishes)) {
        if (!wish.is_shared && !wish.glob) held[wish.name] += wish.units * lengths_[i];
      }
    }
    for (const auto& [name, work] : held) {
      const std::int64_t units = capacity_of(pool_.locks().capacities(), name);
      raise((work + units - 1) / units, "the lock " + name);
    }
  }

  const Pool& pool_;
  const State& state_;
  std::size_t count_;
  std::vector<Millis> lengths_;   // by node: a task's on whoever is fastest, or `nobody`
  std::vector<Workers> who_may_;  // by task
  std::map<Workers, std::int64_t> slots_;
  std::vector<std::vector<std::uint32_t>> before_;
  std::vector<std::vector<std::uint32_t>> after_;
  std::vector<std::uint32_t> order_;
  std::vector<Millis> heads_;
  std::vector<Millis> tails_;
  LowerBound best_{0, "nothing to do"};
};

}  // namespace

LowerBound lower_bound(const Pool& pool, const std::vector<TrueDuration>& durations) {
  return BoundSearch(pool, durations).find();
}

}  // namespace evener
