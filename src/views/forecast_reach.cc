#include "views/forecast_reach.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cmath>
#include <map>
#include <numbers>

#include "core/relief_causes.h"

namespace evener {
namespace {

// Tasks that are looked at one by one, and what comes before them: a few milliseconds' worth.
constexpr std::size_t most_tasks = 20'000;
constexpr std::size_t most_steps = 4 * most_tasks;

// Running tasks of which it is said as precisely as beside each (left_of() takes some 20 µs).
constexpr std::size_t most_precise = 64;

constexpr Millis never = -1;
constexpr Millis under_way = -2;

// For each task when it could begin and when it could be done, and for each gate when it opens, if
// everybody had time at once (the forward pass of the critical path method, Kelley and Walker
// 1959); `never` where nobody can do it or what comes before it. Approvals are taken as given where
// there is work to do before them, and locks as free.
class ForecastPass {
 public:
  ForecastPass(const State& state, const std::vector<WorkerIndex>& at_work)
      : state_(state), at_work_(at_work) {}

  void set_left(TaskIndex task, Millis left) { times_[done(task)] = left; }

  // `never`, or milliseconds from now.
  Millis done_in(TaskIndex task) {
    settle(done(task));
    return times_.at(done(task));
  }

 private:
  using Node = std::uint64_t;
  enum class Part : std::uint8_t { begun, done, gate };

  static Node node(std::uint32_t index, Part part) {
    return std::uint64_t{index} * 3 + static_cast<std::uint64_t>(part);
  }

  static Node begun(TaskIndex task) { return node(task.value, Part::begun); }

  static Node done(TaskIndex task) { return node(task.value, Part::done); }

  // What comes before, each told to `before`; whether nothing else stands in the way.
  template <typename Before>
  bool visit_begun(const Task& task, const Before& before) const {
    for (const NeedEdge& need : task.needs) before(done(need.task));
    if (task.phase != no_gate && !state_.gate(task.phase).may_start()) {
      for (const std::string& id : state_.gate(task.phase).phase.after) {
        before(node(state_.find_gate(id).value, Part::gate));
      }
    }
    if (task.parent != no_task) before(begun(task.parent));
    return !task.held && task.blockers == 0;
  }

  template <typename Before>
  bool visit_done(TaskIndex index, const Before& before) {
    const Task& task = state_.task(index);
    if (task.stage == Stage::done) return true;
    if (is_closed(task.stage)) return false;
    for (const TaskIndex child : task.children) {
      if (state_.task(child).stage != Stage::cancelled) before(done(child));
    }
    if (task.stage == Stage::running) return true;
    before(begun(index));
    return is_met(task);
  }

  template <typename Before>
  bool visit_gate(const Gate& gate, const Before& before) const {
    if (gate.is_open) return true;
    for (const TaskIndex task : gate.tasks) {
      if (state_.task(task).stage != Stage::cancelled) before(done(task));
    }
    for (const std::string& id : gate.phase.after) {
      before(node(state_.find_gate(id).value, Part::gate));
    }
    return !gate.is_ready_for_approval();
  }

  template <typename Before>
  bool visit(Node at, const Before& before) {
    const auto index = static_cast<std::uint32_t>(at / 3);
    switch (static_cast<Part>(at % 3)) {
      case Part::begun:
        return visit_begun(state_.task(TaskIndex{index}), before);
      case Part::done:
        return visit_done(TaskIndex{index}, before);
      case Part::gate:
        return visit_gate(state_.gate(GateIndex{index}), before);
    }
    return false;
  }

  Millis own_time(Node at) const {
    if (static_cast<Part>(at % 3) != Part::done) return 0;
    const Task& task = state_.task(TaskIndex{static_cast<std::uint32_t>(at / 3)});
    if (task.stage != Stage::open || !task.children.empty()) return 0;
    return planned_duration(state_, task);
  }

  // Whether somebody at work may take the task. Tasks that ask the same are asked about once.
  bool is_met(const Task& task) {
    const Demand demand{task.capabilities, task.assignee_delay >= 0 ? anyone : task.assignee};
    const auto [known, is_new] = met_.try_emplace(demand);
    if (is_new) {
      known->second = std::any_of(at_work_.begin(), at_work_.end(), [&](WorkerIndex index) {
        const Worker& worker = state_.worker(index);
        return (demand.assignee == anyone || is_meant_for(demand.assignee, worker)) &&
               state_.covers(worker.capabilities, demand.capabilities);
      });
    }
    return known->second;
  }

  // What comes before goes first, without recursion. What comes back to where it began is never
  // done; what would take too long to look at is taken as done.
  void settle(Node root) {
    if (times_.contains(root)) return;
    std::vector<Node> stack{root};
    while (!stack.empty()) {
      const Node at = stack.back();
      const auto [known, is_new] = times_.try_emplace(at, under_way);
      if (is_new) {
        visit(at, [&](Node earlier) {
          if (steps_ == most_steps || times_.contains(earlier)) return;
          ++steps_;
          stack.push_back(earlier);
        });
        continue;
      }
      stack.pop_back();
      if (known->second == under_way) times_[at] = time_of(at);
    }
  }

  Millis time_of(Node at) {
    Millis time = 0;
    bool is_possible = true;
    const bool is_free = visit(at, [&](Node earlier) {
      const auto known = times_.find(earlier);
      if (known == times_.end()) return;
      is_possible = is_possible && known->second >= 0;
      time = std::max(time, known->second);
    });
    return is_free && is_possible ? time + own_time(at) : never;
  }

  const State& state_;
  const std::vector<WorkerIndex>& at_work_;
  boost::unordered_flat_map<Node, Millis> times_;
  std::map<Demand, bool> met_;
  std::size_t steps_ = 0;
};

struct RunningLeft {
  TaskIndex task;
  DurationRange left;
};

// As left_of() says (views/estimates.h), with a normal distribution in the place of Student's.
std::optional<DurationRange> roughly_left_of(const Pool& pool, TaskIndex index, Instant now) {
  const State& state = pool.state();
  const Attempt* const attempt = state.find_attempt(index);
  const Task& task = state.task(index);
  const bool is_work = task.kind != no_kind && task.children.empty() && !task.is_lock;
  if (attempt == nullptr || attempt->lapsed || !is_work) return std::nullopt;
  const Belief next =
      state.durations
          .believe(work_of(state, index, attempt->worker), state.settings.default_estimate_ms)
          .next;
  constexpr double last_decile = 1.2816;  // of the normal distribution
  const double unit = std::max(1.0, static_cast<double>(next.reach()) / last_decile);
  const Millis elapsed = std::max<Millis>(1, now - attempt->started);
  const double at = static_cast<double>(log_of(elapsed) - next.mean) / unit;
  const double longer = std::erfc(at / std::numbers::sqrt2) / 2;
  const auto left = [&](double quantile) {
    const double above = std::clamp((1 - quantile) * longer, 1e-9, 1 - 1e-9);
    const double far = std::numbers::sqrt2 * boost::math::erfc_inv(2 * above);
    const double log = std::min(static_cast<double>(next.mean) + far * unit, 1e9);
    return std::max<Millis>(0, millis_of(std::llround(log)) - elapsed);
  };
  return DurationRange{.p10_ms = left(0.1), .p50_ms = left(0.5), .p90_ms = left(0.9)};
}

// Of many, those precisely that may take longest.
std::vector<RunningLeft> running_left(const Pool& pool, Instant now) {
  std::vector<RunningLeft> out;
  for (const auto& [task, lease] : pool.vitals().leases()) {
    std::optional<DurationRange> left = roughly_left_of(pool, task, now);
    if (left) out.push_back({task, std::move(*left)});
  }
  const std::size_t precise = std::min(out.size(), most_precise);
  const auto middle = out.begin() + static_cast<std::ptrdiff_t>(precise);
  std::nth_element(out.begin(), middle, out.end(), [](const auto& a, const auto& b) {
    return a.left.p90_ms > b.left.p90_ms;
  });
  for (auto at = out.begin(); at != middle; ++at) {
    if (std::optional<DurationRange> left = left_of(pool, at->task, now)) at->left = *left;
  }
  return out;
}

}  // namespace

ForecastReach forecast_reach(
    const Pool& pool, const std::vector<WorkerIndex>& at_work, Instant now
) {
  const State& state = pool.state();
  ForecastReach out;
  ForecastPass pass(state, at_work);
  for (RunningLeft& running : running_left(pool, now)) {
    pass.set_left(running.task, running.left.p50_ms);
    out.running.push_back(std::move(running.left));
  }
  std::size_t looked_at = 0;
  for (std::uint32_t i = 0; i < state.durations.kinds().size(); ++i) {
    const std::vector<TaskIndex>& tasks = pool.paths().kinds().of(KindIndex{i});
    std::int64_t& count = out.of_kinds.emplace_back(0);
    const std::size_t end = std::min(tasks.size(), most_tasks - looked_at);
    looked_at += end;
    for (std::size_t at = 0; at < end; ++at) {
      const Task& task = state.task(tasks[at]);
      if (!task.children.empty() || task.is_lock || task.stage != Stage::open) continue;
      const Millis done_in = pass.done_in(tasks[at]);
      if (done_in == never) {
        ++out.left_out;
      } else {
        ++count;
        out.path = std::max(out.path, done_in);
      }
    }
    count += static_cast<std::int64_t>(tasks.size() - end);
  }
  return out;
}

}  // namespace evener
