#include "core/recount.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/graph.h"

namespace evener {
namespace {

std::vector<std::uint32_t> sorted(const SmallList<TaskIndex>& list) {
  std::vector<std::uint32_t> out;
  for (const TaskIndex task : list) out.push_back(task.value);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

void Recount::require(bool holds, std::string_view what) {
  if (!holds && differences_.size() < most_told_) differences_.emplace_back(what);
}

std::vector<std::string> Recount::differences(const Pool& pool) {
  Recount recount(pool);
  recount.check_order_of_needs();
  if (!recount.has_order_) return recount.differences_;
  recount.count_edges();
  recount.check_requirements();
  recount.count_stages();
  recount.check_attempts();
  recount.check_workers();
  recount.check_loads();
  recount.check_ready();
  recount.check_gates();
  recount.check_blockers();
  recount.check_messages();
  recount.check_reports();
  recount.check_self_ticks();
  recount.check_schedules();
  recount.check_locks();
  recount.check_kinds();
  if (pool.paths_.up_to_date()) recount.check_paths();
  if (pool.paths_.up_to_date()) recount.check_shares();
  return recount.differences_;
}

// Takes away, again and again, the tasks that wait for nothing any more: what is left is a cycle.
void Recount::check_order_of_needs() {
  for_each_task([&](TaskIndex index) {
    std::size_t above = 0;
    for (TaskIndex at = state_.task(index).parent; at != no_task; at = state_.task(at).parent) {
      if (++above <= deepest_nesting) continue;
      has_order_ = false;
      return;
    }
  });
  if (!has_order_) return require(false, "a task stands below too many parents, or below itself");
  std::vector<std::size_t> before(state_.tasks.size());
  std::vector<std::vector<TaskIndex>> after(state_.tasks.size());
  for_each_task([&](TaskIndex index) {
    for_each_prerequisite(state_, index, [&](TaskIndex prerequisite) {
      ++before[index.value];
      after[prerequisite.value].push_back(index);
    });
  });
  for_each_task([&](TaskIndex index) {
    if (before[index.value] == 0) order_.push_back(index);
  });
  for (std::size_t i = 0; i < order_.size(); ++i) {
    for (const TaskIndex next : after[order_[i].value]) {
      if (--before[next.value] == 0) order_.push_back(next);
    }
  }
  has_order_ = order_.size() == state_.tasks.size();
  require(has_order_, "some tasks wait for one another in a circle");
}

void Recount::count_edges() {
  std::vector<std::vector<std::uint32_t>> dependants(state_.tasks.size());
  std::vector<std::vector<std::uint32_t>> children(state_.tasks.size());
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    for (const NeedEdge& need : task.needs) dependants[need.task.value].push_back(index.value);
    if (task.parent != no_task) children[task.parent.value].push_back(index.value);
  });
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    compare(task.id + ", found by its id", state_.find_task(task.id).value, index.value);
    compare(task.id + ", who needs it", sorted(task.dependants), dependants[index.value]);
    compare(task.id + ", its subtasks", sorted(task.children), children[index.value]);
    std::size_t open_needs = 0;
    for (const NeedEdge& need : task.needs) open_needs += is_done(need.task) ? 0U : 1U;
    compare(task.id + ", open needs", task.open_needs, open_needs);
    std::size_t open_children = 0;
    for (const std::uint32_t child : children[index.value]) {
      open_children += is_over(TaskIndex{child}) ? 0U : 1U;
    }
    compare(task.id + ", open subtasks", task.open_children, open_children);
  });
}

// What a task requires is what it names, and what its secrets ask for.
void Recount::check_requirements() {
  for_each_task([&](TaskIndex index) {
    const TaskSpec spec = spec_of(state_, index);
    const std::vector<std::string> all = required_capabilities(spec);
    const std::set<std::string> wanted(all.begin(), all.end());
    const auto& set = state_.capabilities(state_.task(index).capabilities);
    require(
        std::equal(set.begin(), set.end(), wanted.begin(), wanted.end()),
        spec.id + ": it requires something else"
    );
    const std::set<std::string> suits(spec.prefers.begin(), spec.prefers.end());
    const auto& prefers = state_.capabilities(state_.task(index).prefers);
    require(
        std::equal(prefers.begin(), prefers.end(), suits.begin(), suits.end()),
        spec.id + ": it prefers something else"
    );
    const auto deadline = state_.deadlines.find(index);
    const bool has_deadline = deadline != state_.deadlines.end();
    const bool keeps = spec.deadline_ms && !is_closed(state_.task(index).stage);
    compare(spec.id + ", its deadline is kept", has_deadline, keeps);
    if (has_deadline && keeps) compare(spec.id + ", deadline", deadline->second, *spec.deadline_ms);
  });
}

void Recount::count_stages() {
  std::array<std::size_t, 5> stages{};
  std::array<std::size_t, 5> locks{};
  std::size_t held = 0;
  std::set<TaskIndex> dead;
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    ++stages[static_cast<std::size_t>(task.stage)];
    locks[static_cast<std::size_t>(task.stage)] += task.is_lock ? 1 : 0;
    if (task.held && task.stage == Stage::open) ++held;
    if (task.stage == Stage::failed || task.stage == Stage::cancelled) dead.insert(index);
  });
  for (std::size_t i = 0; i < stages.size(); ++i) {
    compare(fmt::format("tasks in stage {}", i), pool_.stages_[i], stages[i]);
    compare(fmt::format("locks in stage {}", i), pool_.lock_stages_[i], locks[i]);
  }
  compare("tasks held", pool_.held_, held);
  require(pool_.dead_ == dead, "the failed and cancelled tasks are not those kept");
  std::size_t all = 0;
  for (std::size_t i = 0; i < EnumNames<TaskState>::names.size(); ++i) {
    all += pool_.count(static_cast<TaskState>(i));
  }
  compare("tasks over all states", all, state_.tasks.size());
}

void Recount::check_attempts() {
  std::size_t live = 0;
  std::size_t running = 0;
  std::set<Fence> fences;
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    running += task.stage == Stage::running ? 1U : 0U;
    require(task.fence <= state_.last_fence, task.id + ": its fence is larger than the newest");
    require(
        task.fence.value == 0 || fences.insert(task.fence).second, task.id + ": its fence repeats"
    );
    compare(task.id + ", has had a fence", task.fence.value != 0, task.attempts != 0);
  });
  for (const auto& [index, attempt] : state_.attempts) {
    const Task& task = state_.task(index);
    compare(task.id + ", fence of its attempt", attempt.fence.value, task.fence.value);
    compare(task.id + ", worker of its attempt", attempt.worker.value, task.worker.value);
    compare(task.id + ", its attempt is live", !attempt.lapsed, task.stage == Stage::running);
    if (attempt.lapsed) continue;
    ++live;
    const Vitals::Lease* lease = pool_.vitals_.find(index);
    require(lease != nullptr, task.id + ": it runs without a lease");
    if (lease == nullptr) continue;
    compare(task.id + ", fence of its lease", lease->fence.value, attempt.fence.value);
    require(lease->expires >= attempt.expires, task.id + ": its lease ends before the facts say");
  }
  compare("live attempts", live, running);
  compare("leases", pool_.vitals_.leases().size(), live);
}

void Recount::check_workers() {
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
    const Worker& worker = state_.workers[i];
    const std::string& name = worker.spec.name;
    compare(name + ", found by its name", state_.find_worker(name).value, i);
    std::vector<std::uint32_t> holding;
    for (const auto& [index, attempt] : state_.attempts) {
      if (!attempt.lapsed && attempt.worker.value == i) holding.push_back(index.value);
    }
    std::sort(holding.begin(), holding.end());
    SmallList<TaskIndex> kept;
    for (const TaskIndex task : worker.holding) kept.push_back(task);
    compare(name + ", tasks held", sorted(kept), holding);
    std::set<std::string> offers(worker.spec.capabilities.begin(), worker.spec.capabilities.end());
    for (const auto& [machine, spec] : state_.machines) {
      if (machine != worker.spec.machine) continue;
      for (const std::string& lent : capabilities_of(spec)) offers.insert(lent);
    }
    const auto& set = state_.capabilities(worker.capabilities);
    require(
        std::equal(set.begin(), set.end(), offers.begin(), offers.end()),
        name + ": its capabilities are not its own and its machine's"
    );
    const WorkerHealth& health = worker.health;
    require(
        pool_.health_news_.contains(WorkerIndex{i}) == has_health_news(health, state_.settings),
        name + ": whether it is to be set aside"
    );
    const bool holds_probe =
        std::find(worker.holding.begin(), worker.holding.end(), health.probe) !=
        worker.holding.end();
    compare(name + ", holds its probe", holds_probe, health.probe != no_task);
    require(health.is_set_aside() || health.probe == no_task, name + ": a probe without a reason");
    compare(name + ", answers to", state_.assignee(worker.answers_to[0]), name);
  }
}

void Recount::check_loads() {
  std::map<AssigneeIndex, std::pair<std::int64_t, std::int64_t>> counted;
  std::size_t choosy = 0;
  for (const Worker& worker : state_.workers) {
    const AssigneeIndex machine = worker.answers_to[worker.spec.machine.empty() ? 0 : 2];
    counted[machine].first += worker.spec.slots;
    for (const TaskIndex task : worker.holding) {
      if (!state_.task(task).is_lock) ++counted[machine].second;
    }
  }
  for (const auto& [machine, sums] : pool_.loads_.machines()) {
    const std::string& name = state_.assignee(machine);
    compare(name + ", its slots", sums.slots, counted[machine].first);
    compare(name + ", what runs on it", sums.running, counted[machine].second);
  }
  for (const auto& [machine, sums] : counted) {
    require(pool_.loads_.machines().contains(machine), state_.assignee(machine) + ": not counted");
  }
  for_each_task([&](TaskIndex index) {
    const bool prefers = !state_.capabilities(state_.task(index).prefers).empty();
    if (prefers && pool_.ready_.is_ready(index)) ++choosy;
  });
  compare("ready tasks that prefer something", pool_.ready_.choosy_count(), choosy);
}

bool Recount::may_be_offered(TaskIndex index) const {
  const Task& task = state_.task(index);
  if (task.stage != Stage::open) return false;
  for (const TaskIndex child : task.children) {
    if (!is_over(child)) return false;
  }
  for (TaskIndex at = index; at != no_task; at = state_.task(at).parent) {
    if (state_.task(at).held) return false;
    for (const auto& [id, blocker] : state_.blockers) {
      if (blocker.task == at && blocker.stops == Stops::start) return false;
    }
    const GateIndex phase = state_.task(at).phase;
    if (phase != no_gate && !may_start(state_.gate(phase))) return false;
    for (const NeedEdge& need : state_.task(at).needs) {
      if (!is_done(need.task)) return false;
    }
  }
  return true;
}

bool Recount::may_start(const Gate& phase) const {
  if (phase.kind != Gate::Kind::phase) return true;
  return std::all_of(phase.phase.after.begin(), phase.phase.after.end(), [&](const auto& id) {
    return is_open(state_.gate(state_.find_gate(id)));
  });
}

bool Recount::is_open(const Gate& gate) const {
  if (!may_start(gate)) return false;
  bool has_tasks = false;
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    const Task& task = state_.tasks[i];
    const bool in_phase = task.phase != no_gate && &state_.gate(task.phase) == &gate;
    const auto& joined = gate.gate.tasks;
    const bool is_joined = std::find(joined.begin(), joined.end(), task.id) != joined.end();
    if ((in_phase || is_joined) && !is_over(TaskIndex{i})) return false;
    has_tasks |= in_phase || is_joined;
  }
  return gate.approved || (has_tasks && gate.approver().empty());
}

void Recount::check_gates() {
  for (std::uint32_t i = 0; i < state_.gates.size(); ++i) {
    const Gate& gate = state_.gates[i];
    if (gate.kind == Gate::Kind::undescribed) continue;
    compare(gate.id + ", its gate is open", gate.is_open, is_open(gate));
    compare(gate.id + ", may start", gate.may_start(), may_start(gate));
    compare(
        gate.id + ", has news to tell",
        pool_.turned_.contains(GateIndex{i}),
        gate.is_open != gate.told_open
    );
  }
}

void Recount::check_blockers() {
  std::map<TaskIndex, std::vector<BlockerId>> of_tasks;
  std::vector<std::size_t> stopping(state_.tasks.size());
  std::size_t timed = 0;
  for (const auto& [id, blocker] : state_.blockers) {
    of_tasks[blocker.task].push_back(id);
    if (blocker.stops == Stops::start) ++stopping[blocker.task.value];
    const bool asks = !is_over(blocker.task);
    const Instant at = asks ? next_escalation(blocker, state_.settings).at : 0;
    if (at == 0) continue;
    ++timed;
    require(pool_.escalations_.contains({at, id}), "a blocker will not escalate in time");
  }
  require(of_tasks == pool_.blockers_of_, "the blockers of tasks are not those kept");
  compare("blockers that will escalate", pool_.escalations_.size(), timed);
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    compare(task.id + ", blockers that stop it", task.blockers, stopping[index.value]);
  });
}

void Recount::check_self_ticks() {
  require(
      pool_.self_ticks_.due() == pool_.self_ticks_.recount(),
      "the criteria that are to be ticked are not those that hold"
  );
}

void Recount::check_schedules() {
  std::size_t called = 0;
  std::size_t timed = 0;
  for (const auto& [id, schedule] : state_.records.schedules) {
    std::set<TaskIndex> open;
    for_each_task([&](TaskIndex index) {
      const std::string& task = state_.task(index).id;
      if (!task.starts_with(id + "-") || is_closed(state_.task(index).stage)) return;
      const std::string number = task.substr(id.size() + 1);
      if (number.find_first_not_of("0123456789") != std::string::npos) return;
      const std::vector<std::string> labels = spec_of(state_, index).labels;
      if (std::find(labels.begin(), labels.end(), "schedule:" + id) != labels.end()) {
        open.insert(index);
      }
    });
    require(pool_.schedule_watch_.open_of(id) == open, id + ": its open instances");
    const bool waits = schedule.spec.stopped || !open.empty();
    compare(
        id + ", is called", pool_.schedule_watch_.called().contains(id), !waits && schedule.wanted
    );
    if (waits) continue;
    if (schedule.wanted) {
      ++called;
    } else if (schedule.spec.every_ms) {
      ++timed;
      const bool is_timed = pool_.schedule_watch_.timed().contains({schedule.next_at(), id});
      require(is_timed, id + ": its next instance has no time");
    }
  }
  compare("schedules called", pool_.schedule_watch_.called().size(), called);
  compare("schedules with a time", pool_.schedule_watch_.timed().size(), timed);
}

void Recount::check_ready() {
  std::size_t ready = 0;
  std::size_t delayed = 0;
  const bool is_late = pool_.ready_.next_change() != 0 && pool_.ready_.next_change() <= pool_.now_;
  for_each_task([&](TaskIndex index) {
    const Task& task = state_.task(index);
    const bool offered = may_be_offered(index);
    compare(task.id + ", may be offered", pool_.ready_.has(index), offered);
    if (pool_.ready_.is_ready(index)) {
      ++ready;
      require(task.not_before <= pool_.now_, task.id + ": it is ready before its backoff ended");
    } else if (offered) {
      ++delayed;
      require(
          task.not_before > pool_.now_ || is_late, task.id + ": its backoff ended, and it waits"
      );
    }
  });
  compare("ready tasks", pool_.ready_.ready_count(), ready);
  compare("delayed tasks", pool_.ready_.delayed_count(), delayed);
}

// The longest way from the start of an open task to the end of the plan.
Millis Recount::path_from(TaskIndex index) {
  Millis& known = paths_[index.value];
  if (known >= 0) return known;
  const Task& task = state_.task(index);
  Millis rest = 0;
  for (const TaskIndex dependant : task.dependants) rest = std::max(rest, path_through(dependant));
  if (task.parent != no_task && !is_closed(state_.task(task.parent).stage)) {
    rest = std::max(rest, path_from(task.parent));
  }
  known = planned_duration(state_, task) + rest;
  return known;
}

Millis Recount::path_through(TaskIndex index) {
  if (is_closed(state_.task(index).stage)) return 0;
  Millis longest = path_from(index);
  for (const TaskIndex child : state_.task(index).children) {
    longest = std::max(longest, path_through(child));
  }
  return longest;
}

// From the end of the order, so that no recursion is deeper than the nesting of subtasks.
void Recount::check_paths() {
  paths_.assign(state_.tasks.size(), -1);
  for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
    const Task& task = state_.task(*at);
    if (is_closed(task.stage)) continue;
    compare(task.id + ", longest path", pool_.paths_.length(*at), path_from(*at));
    compare(task.id + ", pressed from", pool_.paths_.pressed_from(*at), pressed_from(*at));
  }
}

// Twice what lies between the start of an open task and the deadline that comes up first before it.
Instant Recount::pressed_from(TaskIndex index) {
  const auto known = pressed_.find(index);
  if (known != pressed_.end()) return known->second;
  const Task& task = state_.task(index);
  Instant soonest = spec_of(state_, index).deadline_ms.value_or(never_pressed);
  const auto hurry = [&](TaskIndex after) {
    if (!is_closed(state_.task(after).stage)) soonest = std::min(soonest, pressed_from(after));
  };
  for (const TaskIndex dependant : task.dependants) {
    if (is_closed(state_.task(dependant).stage)) continue;
    std::vector<TaskIndex> starts{dependant};
    for (std::size_t i = 0; i < starts.size(); ++i) {
      hurry(starts[i]);
      const SmallList<TaskIndex>& below = state_.task(starts[i]).children;
      if (!is_closed(state_.task(starts[i]).stage)) {
        starts.insert(starts.end(), below.begin(), below.end());
      }
    }
  }
  if (task.parent != no_task) hurry(task.parent);
  if (soonest != never_pressed) soonest -= 2 * planned_duration(state_, task);
  return pressed_[index] = soonest;
}

}  // namespace evener
