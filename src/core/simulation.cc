#include "core/simulation.h"

#include <algorithm>
#include <limits>
#include <set>

#include "core/answer_order.h"
#include "core/conditions.h"
#include "core/decide.h"
#include "core/graph.h"
#include "core/simulation_bound.h"

namespace evener {
namespace {

constexpr Instant first_instant = 1'000'000'000;  // 0 means "never" in a pool

class SimulationRun {  // Invariant: running_ holds what the pool says is running, and until when.
 public:
  explicit SimulationRun(const SimulatedPlan& plan) : plan_(plan) {}

  Result<Simulation> run() {
    TRY(fill());
    const LowerBound bound = lower_bound(pool_, durations_);
    rank();
    play();
    result_.lower_bound_ms = bound.length;
    result_.lower_bound_by = bound.by;
    result_.tasks = static_cast<std::int64_t>(plan_.tasks.size());
    tell_never_started();
    if (result_.never_started.empty()) {
      result_.ratio_ppm = ratio_ppm(result_.makespan_ms, bound.length);
    }
    return std::move(result_);
  }

 private:
  struct Running {
    Instant until;
    Fence fence;  // in the order of their claims
    TaskIndex task;
    std::size_t worker;
    std::size_t attempt;  // its place in the result

    bool operator<(const Running& other) const {
      return until != other.until ? until < other.until : fence < other.fence;
    }
  };

  // ---- before it begins
  // ---------------------------------------------------------------------------

  Status fill() {
    note(PoolCreated{.pool = "simulation", .card = {}});
    note(PoolConfigured{.card = {}, .settings = plan_.settings});
    for (const Machine& machine : plan_.machines) note(MachineSet{machine});
    for (const WorkerSpec& worker : plan_.workers) note(WorkerRegistered{worker});
    changes_ = plan_.changes;
    std::ranges::stable_sort(changes_, {}, &SimulatedChange::at_ms);
    is_there_.assign(plan_.workers.size(), true);
    for (const SimulatedChange& change : changes_) {
      if (!change.comes) continue;
      is_there_[change.worker] = false;
      drain(change.worker, true);
    }
    TRY(give(AddTasks{.tasks = plan_.tasks}));
    for (GateSpec gate : plan_.gates) {
      gate.approver.clear();
      TRY(give(SetGate{std::move(gate)}));
    }
    TRY(describe_phases());
    pool_.repair(SIZE_MAX);
    input_of_.resize(plan_.tasks.size());
    durations_.resize(plan_.tasks.size());
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      const TaskIndex index = pool_.state().find_task(plan_.tasks[i].id);
      input_of_[index.value] = i;
      durations_[index.value] = plan_.durations[i];
    }
    return Done{};
  }

  // First without what they come after: a plan may describe that behind them.
  Status describe_phases() {
    for (const PhaseSpec& phase : plan_.phases) TRY(give(SetPhase{{.id = phase.id}}));
    for (PhaseSpec phase : plan_.phases) {
      phase.approver.clear();
      TRY(give(SetPhase{std::move(phase)}));
    }
    return Done{};
  }

  void drain(std::size_t worker, bool draining) {
    note(WorkerDrained{.worker = plan_.workers[worker].name, .draining = draining});
  }

  template <typename Given>
  Status give(const Given& command) {
    const Decision decision = decide_command(pool_, author_, command, {.now = now_, .wall = now_});
    if (decision.refusal) return Error{decision.refusal->code, decision.refusal->message};
    for (const FactBody& fact : decision.facts) note(fact);
    return Done{};
  }

  void note(FactBody body) {
    pool_.apply(
        {.seq = pool_.state().last.next(),
         .prev = {},
         .at = now_,
         .by = author_.name,
         .body = std::move(body)}
    );
  }

  // ---- orders to compare with
  // ---------------------------------------------------------------------

  // Smaller goes first; what is equal, in the order in which it became ready.
  void rank() {
    if (plan_.order == SimulationOrder::pool) return;
    ranks_.resize(pool_.state().tasks.size());
    if (plan_.order == SimulationOrder::random) {
      for (std::size_t i = 0; i < ranks_.size(); ++i) ranks_[i] = plan_.chances[input_of_[i]];
    } else if (plan_.order != SimulationOrder::fifo) {
      rank_by_chains();
    }
  }

  void rank_by_chains() {
    const State& state = pool_.state();
    std::vector<Millis> longest(ranks_.size());
    std::vector<std::uint32_t> open(ranks_.size());
    for (std::uint32_t i = 0; i < ranks_.size(); ++i) {
      for_each_prerequisite(state, TaskIndex{i}, [&](TaskIndex first) { ++open[first.value]; });
    }
    std::vector<TaskIndex> order;
    for (std::uint32_t i = 0; i < ranks_.size(); ++i) {
      if (open[i] == 0) order.push_back(TaskIndex{i});
    }
    for (std::size_t at = 0; at < order.size(); ++at) {
      const TaskIndex task = order[at];
      const Millis estimate = state.task(task).estimate;
      const bool counts = plan_.order == SimulationOrder::path && estimate >= 0;
      longest[task.value] += counts ? estimate : 1;
      ranks_[task.value] = UINT64_MAX - static_cast<std::uint64_t>(longest[task.value]);
      for_each_prerequisite(state, task, [&](TaskIndex first) {
        longest[first.value] = std::max(longest[first.value], longest[task.value]);
        if (--open[first.value] == 0) order.push_back(first);
      });
    }
  }

  // Of those that became ready, without those that run by now.
  TaskIndex first_by_rank(const Worker& worker) {
    std::erase_if(arrived_, [&](TaskIndex task) { return !pool_.ready().is_ready(task); });
    TaskIndex first = no_task;
    for (const TaskIndex index : arrived_) {
      const Task& task = pool_.state().task(index);
      if (task.is_lock || pool_.ready().is_parked(index)) continue;
      const bool is_for_anyone = task.assignee == anyone || is_opened(task);
      if (!is_for_anyone && !is_meant_for(task.assignee, worker)) continue;
      if (!pool_.state().covers(worker.capabilities, task.capabilities)) continue;
      if (first == no_task || ranks_[index.value] < ranks_[first.value]) first = index;
    }
    return first;
  }

  // Whether others than its assignee may take it by now.
  bool is_opened(const Task& task) const {
    return task.assignee_delay >= 0 && task.since + task.assignee_delay <= now_;
  }

  // What was ready until its phase was described arrives again when that begins.
  void note_arrivals() {
    for (const TaskIndex task : pool_.take_arrivals()) {
      if (!pool_.ready().is_ready(task)) continue;
      if (was_ready_.size() <= task.value) was_ready_.resize(pool_.state().tasks.size());
      if (!was_ready_[task.value]) arrived_.push_back(task);
      was_ready_[task.value] = true;
    }
  }

  // ---- the clock
  // ----------------------------------------------------------------------------------

  void play() {
    for (const WorkerSpec& worker : plan_.workers) {
      result_.workers.push_back({.worker = worker.name});
      if (is_there_[result_.workers.size() - 1]) set_free(result_.workers.size() - 1);
    }
    pool_.advance(now_);
    pool_.look_ahead();
    do {
      plan_.order == SimulationOrder::pool ? answer_in_order() : answer_in_turn();
    } while (pass_time());
  }

  void set_free(std::size_t worker) {
    free_[pool_.state().workers[worker].capabilities].emplace(worker, worker);
  }

  // As the engine answers claims that wait.
  void answer_in_order() {
    WaitingBySet<std::size_t> left = free_;
    const auto worker_of = [&](std::size_t index) { return &pool_.state().workers[index]; };
    for (;;) {
      const AnswerOrder order(pool_, left, worker_of, now_);
      const auto next = order.next_set({});
      if (next == left.end()) return;
      const std::size_t worker = order.next_of(next->second)->second;
      if (take_next(worker)) continue;
      std::map<std::uint64_t, std::size_t>& alike = left.at(next->first);
      alike.erase(worker);
      if (alike.empty()) left.erase(next);
    }
  }

  void answer_in_turn() {
    for (std::size_t worker = 0; worker < plan_.workers.size(); ++worker) {
      if (!is_there_[worker]) continue;
      while (take_next(worker)) continue;
    }
  }

  bool take_next(std::size_t index) {
    const Worker& worker = pool_.state().workers[index];
    if (!has_free_slot(worker)) return false;
    Claim claim{.worker = worker.spec.name, .lease_ms = limits::longest_lease};
    if (plan_.order != SimulationOrder::pool) {
      note_arrivals();
      const TaskIndex first = first_by_rank(worker);
      if (first == no_task) return false;
      claim.task = pool_.state().task(first).id;
    } else if (pool_.ready().best_for(worker, now_) == no_task) {
      return false;
    }
    const Decision decision = decide_command(pool_, author_, claim, {.now = now_, .wall = now_});
    if (decision.refusal) return false;
    const auto taken = std::get<TaskClaimed>(decision.facts.back());
    note(taken);
    begin(taken, index);
    if (has_free_slot(worker)) return true;
    const auto alike = free_.find(worker.capabilities);
    alike->second.erase(index);
    if (alike->second.empty()) free_.erase(alike);
    return true;
  }

  static bool has_free_slot(const Worker& worker) {
    return worker.holding.size() < static_cast<std::size_t>(worker.spec.slots);
  }

  void begin(const TaskClaimed& taken, std::size_t worker) {
    const TaskIndex task = pool_.state().find_task(taken.task);
    const Millis takes = durations_[task.value].on(worker);
    running_.insert({now_ + takes, taken.fence, task, worker, result_.attempts.size()});
    const Millis started = now_ - first_instant;
    result_.attempts.push_back(
        {.task = taken.task,
         .worker = taken.worker,
         .started_ms = started,
         .ended_ms = started + takes}
    );
  }

  // To the next instant at which something changes; false if there is none.
  bool pass_time() {
    const Instant never = std::numeric_limits<Instant>::max();
    const Instant timer = pool_.ready().next_change();
    const bool may_wait = !running_.empty() || !lapsing_.empty() || changes_at_ < changes_.size();
    if (!may_wait && timer == 0) return false;
    Instant next = timer > now_ || (timer != 0 && !may_wait) ? timer : never;
    if (!running_.empty()) next = std::min(next, running_.begin()->until);
    if (!lapsing_.empty()) next = std::min(next, lapsing_.begin()->until);
    if (changes_at_ < changes_.size()) {
      next = std::min(next, first_instant + changes_[changes_at_].at_ms);
    }
    now_ = std::max(now_, next);
    while (!running_.empty() && running_.begin()->until <= now_) {
      end(running_.extract(running_.begin()).value());
    }
    for (; changes_at_ < changes_.size(); ++changes_at_) {
      if (first_instant + changes_[changes_at_].at_ms > now_) break;
      change(changes_[changes_at_]);
    }
    while (!lapsing_.empty() && lapsing_.begin()->until <= now_) {
      lapse(lapsing_.extract(lapsing_.begin()).value());
    }
    pool_.repair(SIZE_MAX);
    pool_.advance(now_);
    if (plan_.order == SimulationOrder::pool) {
      pool_.forget_arrivals();
      pool_.look_ahead();
    }
    return true;
  }

  void end(const Running& over) {
    AttemptFinished finished;
    finished.task = pool_.state().task(over.task).id;
    finished.worker = plan_.workers[over.worker].name;
    finished.fence = over.fence;
    note(std::move(finished));
    count(over, over.until);
    result_.makespan_ms = std::max(result_.makespan_ms, over.until - first_instant);
    result_.sequential_ms += durations_[over.task.value].on(over.worker);
    ++result_.workers[over.worker].tasks;
    set_free(over.worker);
  }

  void count(const Running& over, Instant until) {
    SimulatedAttempt& attempt = result_.attempts[over.attempt];
    attempt.ended_ms = until - first_instant;
    result_.workers[over.worker].busy_ms += attempt.ended_ms - attempt.started_ms;
  }

  void change(const SimulatedChange& change) {
    is_there_[change.worker] = change.comes;
    if (change.comes) {
      drain(change.worker, false);
      return set_free(change.worker);
    }
    const auto alike = free_.find(pool_.state().workers[change.worker].capabilities);
    if (alike != free_.end()) {
      alike->second.erase(change.worker);
      if (alike->second.empty()) free_.erase(alike);
    }
    for (auto at = running_.begin(); at != running_.end();) {
      const auto running = at++;
      if (running->worker != change.worker) continue;
      count(*running, now_);
      result_.attempts[running->attempt].lost = true;
      Running held = running_.extract(running).value();
      held.until = now_ + plan_.lease_ms;
      lapsing_.insert(held);
    }
  }

  void lapse(const Running& held) {
    AttemptLapsed lapsed;
    lapsed.task = pool_.state().task(held.task).id;
    lapsed.worker = plan_.workers[held.worker].name;
    lapsed.fence = held.fence;
    note(std::move(lapsed));
    if (held.task.value < was_ready_.size()) was_ready_[held.task.value] = false;
  }

  // ---- afterwards
  // ---------------------------------------------------------------------------------

  // Of a task that nothing keeps but that nobody took it.
  std::string why_not_taken(const Task& task) const {
    if (task.is_lock) return "it is a lock, which is claimed by its name alone";
    const State& state = pool_.state();
    const bool is_for_anyone = task.assignee == anyone || task.assignee_delay >= 0;
    bool is_covered = false;
    for (const Worker& worker : state.workers) {
      if (!state.covers(worker.capabilities, task.capabilities)) continue;
      is_covered = true;
      const bool could = is_for_anyone || is_meant_for(task.assignee, worker);
      if (could) return "every worker that could was lost";
    }
    if (is_covered) return "no worker that could is " + state.assignee(task.assignee);
    return fmt::format("no worker has {}", fmt::join(state.capabilities(task.capabilities), ", "));
  }

  void tell_never_started() {
    const State& state = pool_.state();
    for (std::uint32_t i = 0; i < state.tasks.size(); ++i) {
      const TaskIndex task{i};
      if (state.task(task).stage != Stage::open) continue;
      std::string why = why_not_taken(state.task(task));
      for (const Condition& condition : task_conditions(pool_, task, now_)) {
        if (condition.holds) continue;
        why = condition.text;
        break;
      }
      result_.never_started.push_back({state.task(task).id, std::move(why)});
    }
  }

  const SimulatedPlan& plan_;
  const Author author_{"simulation", Scope::operate};
  Pool pool_;
  Instant now_ = first_instant;
  std::vector<std::size_t> input_of_;    // by the pool's numbers of tasks: their place in the plan
  std::vector<TrueDuration> durations_;  // by the pool's numbers
  std::vector<std::uint64_t> ranks_;     // by the pool's numbers
  std::vector<TaskIndex> arrived_;
  std::vector<bool> was_ready_;
  WaitingBySet<std::size_t> free_;  // workers with a free slot, by their place in the plan
  std::set<Running> running_;
  std::set<Running> lapsing_;             // of lost workers, until their leases lapse
  std::vector<SimulatedChange> changes_;  // in the order of time
  std::size_t changes_at_ = 0;            // those before are done
  std::vector<bool> is_there_;            // by worker
  Simulation result_;
};

}  // namespace

Result<Simulation> simulate(const SimulatedPlan& plan) {
  return SimulationRun(plan).run();
}

std::int64_t ratio_ppm(Millis length, Millis bound) {
  constexpr std::int64_t million = 1'000'000;
  return bound == 0 ? million : (length * million + bound / 2) / bound;
}

}  // namespace evener
