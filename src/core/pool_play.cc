#include "core/pool_play.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <queue>
#include <set>

#include "core/decide.h"
#include "core/graph.h"
#include "core/snapshot_codec.h"

namespace evener {
namespace {

constexpr Instant play_begin = 1'000'000'000;  // 0 means "never" in a pool
constexpr Millis forever = std::numeric_limits<Millis>::max();

const Author& play_author() {
  static const Author author{"play", Scope::operate};
  return author;
}

void note_in(Pool& pool, FactBody body, Instant at = play_begin) {
  pool.apply(
      {.seq = pool.state().last.next(),
       .prev = {},
       .at = at,
       .by = play_author().name,
       .body = std::move(body)}
  );
}

Status give_to(Pool& pool, const Command& command) {
  const Moment moment{.now = play_begin, .wall = play_begin};
  const Decision decision = std::visit(
      [&](const auto& given) { return decide_command(pool, play_author(), given, moment); }, command
  );
  if (decision.refusal) return Error{decision.refusal->code, decision.refusal->message};
  for (const FactBody& fact : decision.facts) note_in(pool, fact);
  return Done{};
}

void claim_in(Pool& pool, const Task& task, const std::string& worker, Instant now) {
  note_in(
      pool,
      TaskClaimed{
          .task = task.id,
          .worker = worker,
          .fence = pool.state().last_fence.next(),
          .attempt = static_cast<std::int64_t>(task.attempts) + 1,
          .lease_ms = limits::longest_lease,
          .expires = now + limits::longest_lease
      },
      now
  );
}

// ---- the start ---------------------------------------------------------------------------------

class StartCopy {
 public:
  StartCopy(const Pool& pool, Instant now, const std::function<bool(WorkerIndex)>& employed)
      : from_(pool), state_(pool.state()), now_(now), employed_(employed) {}

  Result<PlayStart> copy() {
    choose_tasks();
    note_in(to_, PoolCreated{.pool = "play", .card = {}});
    // What was learned orders the tasks by their estimates; they learn nothing more here.
    PoolSettings settings = state_.settings;
    settings.learn = false;
    note_in(to_, PoolConfigured{.card = {}, .settings = settings});
    for (const auto& [name, machine] : state_.machines) note_in(to_, MachineSet{machine});
    copy_workers();
    TRY(copy_tasks());
    TRY(copy_gates());
    hold_and_run();
    to_.repair(SIZE_MAX);
    out_.state = encode_state(to_.state());
    out_.durations = state_.durations;
    out_.default_estimate = state_.settings.default_estimate_ms;
    return std::move(out_);
  }

 private:
  static bool is_dead(const Task& task) {
    return task.stage == Stage::failed || task.stage == Stage::cancelled;
  }

  // All that is open or runs, and what has failed where something still needs it.
  void choose_tasks() {
    for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
      const Task& task = state_.task(TaskIndex{i});
      if (is_closed(task.stage) || task.is_lock) continue;
      chosen_.insert(TaskIndex{i});
      for (const NeedEdge& need : task.needs) {
        if (is_dead(state_.task(need.task))) chosen_.insert(need.task);
      }
    }
  }

  bool is_copied(TaskIndex task) const { return task != no_task && chosen_.contains(task); }

  TaskSpec copied_spec(TaskIndex index) const {
    const Task& task = state_.task(index);
    TaskSpec spec;
    if (is_dead(task)) {
      spec.id = task.id;
      return spec;
    }
    spec = spec_of(state_, index);
    for (std::string* const text :
         {&spec.title,
          &spec.description,
          &spec.run,
          &spec.verify,
          &spec.review,
          &spec.context,
          &spec.kind}) {
      text->clear();
    }
    spec.criteria.clear();
    spec.labels.clear();
    spec.prefers.clear();
    spec.data = {};
    spec.estimate_ms = planned_duration(state_, task);
    if (!is_copied(task.parent)) spec.parent.clear();
    std::erase_if(spec.needs, [&](const Need& need) {
      return !is_copied(state_.find_task(need.task));
    });
    return spec;
  }

  Status copy_tasks() {
    AddTasks command;
    for (const TaskIndex index : chosen_) command.tasks.push_back(copied_spec(index));
    if (!command.tasks.empty()) TRY(give_to(to_, command));
    out_.tasks.resize(to_.state().tasks.size());
    for (const TaskIndex index : chosen_) {
      const Task& task = state_.task(index);
      PlayTask& copied = out_.tasks[to_.state().find_task(task.id).value];
      copied.id = task.id;
      copied.work = work_of(state_, index, no_worker);
      copied.counts = !is_dead(task);
      copied.is_work = copied.counts && task.children.empty();
      copied.wants = state_.capabilities(task.capabilities);
      copied.assignee = state_.assignee(task.assignee);
    }
    return Done{};
  }

  bool is_lost(WorkerIndex worker) const { return state_.worker(worker).lost; }

  // Those who take work, and those who hold some and are there.
  void copy_workers() {
    for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
      const WorkerIndex index{i};
      const Worker& worker = state_.worker(index);
      const bool takes_work = employed_(index);
      if (!takes_work && (worker.holding.empty() || is_lost(index))) continue;
      note_in(to_, WorkerRegistered{worker.spec});
      if (!takes_work) note_in(to_, WorkerDrained{.worker = worker.spec.name});
      out_.workers.push_back(
          {.name = worker.spec.name,
           .known = index,
           .model = state_.durations.find_model(state_.capabilities(worker.capabilities)),
           .slots = worker.spec.slots,
           .takes_work = takes_work}
      );
    }
  }

  // A gate that is open is none any more; the others open by what of their tasks is left.
  Status copy_gates() {
    for (const Gate& gate : state_.gates) {
      if (gate.is_open || gate.kind != Gate::Kind::gate) continue;
      SetGate set{.spec = gate.gate};
      set.spec.approver.clear();
      std::erase_if(set.spec.tasks, [&](const std::string& id) {
        const TaskIndex task = state_.find_task(id);
        return !is_copied(task) || is_dead(state_.task(task));
      });
      TRY(give_to(to_, set));
    }
    const auto is_phase = [](const Gate& gate) { return gate.kind == Gate::Kind::phase; };
    // First by name alone: a phase may come after one that was first named behind it.
    for (const Gate& gate : state_.gates) {
      if (is_phase(gate)) note_in(to_, PhaseSet{{.id = gate.id}});
    }
    for (const Gate& gate : state_.gates) {
      if (!is_phase(gate)) continue;
      PhaseSpec phase = gate.phase;
      phase.approver.clear();
      std::erase_if(phase.after, [&](const std::string& id) {
        const GateIndex before = state_.find_gate(id);
        return before != no_gate && state_.gate(before).is_open;
      });
      note_in(to_, PhaseSet{std::move(phase)});
    }
    return Done{};
  }

  void hold_and_run() {
    const State& copied = to_.state();
    for (const TaskIndex index : chosen_) {
      const Task& task = state_.task(index);
      const TaskIndex there = copied.find_task(task.id);
      if (is_dead(task) || task.held || task.blockers > 0) {
        note_in(to_, TaskHeld{.task = task.id});
      }
      const Attempt* const attempt = state_.find_attempt(index);
      if (task.stage != Stage::running || attempt == nullptr || is_lost(task.worker)) continue;
      claim_in(to_, copied.task(there), state_.worker(task.worker).spec.name, play_begin);
      out_.tasks[there.value].elapsed = std::max<Millis>(0, now_ - attempt->started);
    }
  }

  const Pool& from_;
  const State& state_;
  Instant now_;
  const std::function<bool(WorkerIndex)>& employed_;
  Pool to_;
  std::set<TaskIndex> chosen_;
  PlayStart out_;
};

// ---- the play ----------------------------------------------------------------------------------

class PoolPlay {  // Invariant: running_ holds what the pool says is running, and until when.
 public:
  PoolPlay(const PlayStart& start, const TaskTakes& takes) : start_(start), takes_(takes) {
    CHECK(decode_state(start.state, pool_.state_to_fill()).ok(), "a start of a play is damaged");
    pool_.adopt();
    pool_.repair(SIZE_MAX);
    out_.busy_of.resize(start.workers.size());
    spans_.resize(start.tasks.size());
  }

  Play play() {
    go_on();
    trace();
    for (std::uint32_t i = 0; i < start_.tasks.size(); ++i) {
      if (start_.tasks[i].counts && spans_[i].ended < 0) out_.never.push_back(i);
    }
    return std::move(out_);
  }

  std::vector<PlayStep> course() {
    go_on();
    std::vector<PlayStep> steps;
    for (std::uint32_t i = 0; i < spans_.size(); ++i) {
      const Span& span = spans_[i];
      if (!start_.tasks[i].is_work || span.ended < 0) continue;
      steps.push_back(
          {.task = i,
           .worker = span.worker,
           .began = span.began,
           .ended = span.ended,
           .waited = span.began - span.ready}
      );
    }
    std::ranges::stable_sort(steps, {}, &PlayStep::began);
    return steps;
  }

 private:
  void go_on() {
    for (std::uint32_t i = 0; i < start_.tasks.size(); ++i) {
      const Task& task = pool_.state().task(TaskIndex{i});
      if (task.stage == Stage::running) begin(TaskIndex{i}, task.worker.value);
    }
    pool_.advance(now_);
    pool_.forget_arrivals();
    for (std::uint32_t i = 0; i < start_.tasks.size(); ++i) {
      if (pool_.ready().is_ready(TaskIndex{i})) spans_[i].ready = 0;
    }
    do {
      for (std::uint32_t worker = 0; worker < start_.workers.size(); ++worker) {
        while (take_next(worker)) continue;
      }
    } while (pass_time());
  }

  struct Span {
    Millis ready = -1;  // when it could first have begun; later it may have waited for locks
    Millis began = -1;
    Millis ended = -1;
    std::uint32_t worker = 0;
  };

  struct Running {
    Instant until;
    Fence fence;
    TaskIndex task;

    bool operator>(const Running& other) const {
      return until != other.until ? until > other.until : fence > other.fence;
    }
  };

  bool take_next(std::uint32_t index) {
    const Worker& worker = pool_.state().workers[index];
    const auto slots = static_cast<std::size_t>(worker.spec.slots);
    if (worker.draining || worker.holding.size() >= slots) return false;
    const TaskIndex task = pool_.ready().best_for(worker, now_);
    if (task == no_task) return false;
    claim_in(pool_, pool_.state().task(task), worker.spec.name, now_);
    begin(task, index);
    return true;
  }

  void begin(TaskIndex task, std::uint32_t worker) {
    const Millis took = start_.tasks[task.value].is_work ? takes_(task.value, worker) : 0;
    Span& span = spans_[task.value];
    span.began = now_ - play_begin;
    if (span.ready < 0) span.ready = span.began;
    span.ended = span.began + took;
    span.worker = worker;
    running_.push({now_ + took, pool_.state().task(task).fence, task});
    out_.busy += took;
    out_.busy_of[worker] += took;
  }

  void finish(const Running& over) {
    AttemptFinished finished;
    finished.task = pool_.state().task(over.task).id;
    finished.worker = start_.workers[spans_[over.task.value].worker].name;
    finished.fence = over.fence;
    note_in(pool_, std::move(finished), now_);
    const Millis ended = now_ - play_begin;
    if (last_ == no_task || ended >= out_.finish) last_ = over.task;
    out_.finish = std::max(out_.finish, ended);
  }

  // To the next instant at which something changes; false if there is none.
  bool pass_time() {
    const Instant timer = pool_.ready().next_change();
    if (running_.empty() && timer == 0) return false;
    now_ = running_.empty()                               ? timer
           : timer > now_ && timer < running_.top().until ? timer
                                                          : running_.top().until;
    while (!running_.empty() && running_.top().until <= now_) {
      const Running over = running_.top();
      running_.pop();
      finish(over);
    }
    pool_.repair(SIZE_MAX);
    pool_.advance(now_);
    for (const TaskIndex task : pool_.take_arrivals()) {
      Millis& ready = spans_[task.value].ready;
      if (ready < 0) ready = now_ - play_begin;
    }
    return true;
  }

  // What ended when the task began: the one of its own worker, if it waited for that; else one that
  // it needs; else any. If others could only then take it: what ended when it became ready.
  TaskIndex cause_of(TaskIndex task) const {
    const Span& span = spans_[task.value];
    const bool waited = span.began > span.ready && span.began != opened_at(task);
    const Millis since = waited ? span.began : span.ready;
    const auto begin = std::ranges::lower_bound(by_end_, since, {}, [&](std::uint32_t i) {
      return spans_[i].ended;
    });
    TaskIndex cause = no_task;
    for (auto at = begin; at != by_end_.end() && spans_[*at].ended == since; ++at) {
      if (*at == task.value || spans_[*at].began >= since) continue;
      const bool is_of_worker = spans_[*at].worker == span.worker;
      if (cause == no_task || (waited && is_of_worker)) cause = TaskIndex{*at};
    }
    if (waited) return cause;
    for_each_prerequisite(pool_.state(), task, [&](TaskIndex first) {
      const Span& before = spans_[first.value];
      if (before.ended == since && before.began < since) cause = first;
    });
    return cause;
  }

  // When others than its assignee could take it; `forever` where they cannot.
  Millis opened_at(TaskIndex index) const {
    const Task& task = pool_.state().task(index);
    if (task.assignee == anyone) return 0;
    return task.assignee_delay < 0 ? forever : spans_[index.value].ready + task.assignee_delay;
  }

  // For what it waited last.
  WaitedFor waited_for(TaskIndex index) const {
    const bool was_its_assignees = spans_[index.value].began <= opened_at(index);
    if (was_kept_by_locks(index, was_its_assignees)) return WaitedFor::lock;
    return was_its_assignees ? WaitedFor::assignee : WaitedFor::worker;
  }

  // Whether somebody who could take it was free until it began.
  bool was_kept_by_locks(TaskIndex index, bool was_its_assignees) const {
    const State& state = pool_.state();
    const Task& task = state.task(index);
    if (task.locks == no_locks) return false;
    const Millis began = spans_[index.value].began;
    std::vector<std::int64_t> held(start_.workers.size());
    for (const Span& span : spans_) {
      if (span.began >= 0 && span.began < began && span.ended >= began) ++held[span.worker];
    }
    for (std::size_t i = 0; i < held.size(); ++i) {
      const Worker& worker = state.workers[i];
      const bool could = !worker.draining && state.covers(worker.capabilities, task.capabilities) &&
                         (!was_its_assignees || is_meant_for(task.assignee, worker));
      if (could && held[i] < worker.spec.slots) return true;
    }
    return false;
  }

  void trace() {
    for (std::uint32_t i = 0; i < spans_.size(); ++i) {
      if (spans_[i].ended >= 0) by_end_.push_back(i);
    }
    std::ranges::sort(by_end_, {}, [&](std::uint32_t i) { return spans_[i].ended; });
    for (TaskIndex at = last_; at != no_task;) {
      const Span& span = spans_[at.value];
      PlayStep step{
          .task = at.value,
          .worker = span.worker,
          .began = span.began,
          .ended = span.ended,
          .waited = span.began - span.ready
      };
      const TaskIndex cause = span.began > 0 ? cause_of(at) : no_task;
      if (step.waited > 0) step.waited_for = waited_for(at);
      if (start_.tasks[at.value].is_work) out_.last_path.push_back(step);
      at = cause;
    }
    std::ranges::reverse(out_.last_path);
  }

  const PlayStart& start_;
  const TaskTakes& takes_;
  Pool pool_;
  Instant now_ = play_begin;
  std::vector<Span> spans_;  // by task
  std::vector<std::uint32_t> by_end_;
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
  TaskIndex last_ = no_task;
  Play out_;
};

}  // namespace

std::int64_t PlayStart::slots() const {
  std::int64_t sum = 0;
  for (const PlayWorker& worker : workers) sum += worker.takes_work ? worker.slots : 0;
  return sum;
}

Result<PlayStart> play_start(
    const Pool& pool, Instant now, const std::function<bool(WorkerIndex)>& employed
) {
  return StartCopy(pool, now, employed).copy();
}

PlayStart with_workers(
    const PlayStart& start, std::int64_t added, const std::vector<std::size_t>& without
) {
  PlayStart out = start;
  Pool pool;
  CHECK(decode_state(start.state, pool.state_to_fill()).ok(), "a start of a play is damaged");
  pool.adopt();
  std::set<std::string> wanted;
  for (const Task& task : pool.state().tasks) {
    const std::vector<std::string>& names = pool.state().capabilities(task.capabilities);
    wanted.insert(names.begin(), names.end());
  }
  for (std::int64_t i = 1; i <= added; ++i) {
    std::string name = fmt::format("one-more-{}", i);
    while (pool.state().find_worker(name) != no_worker) name += '+';
    WorkerSpec spec{.name = name};
    spec.capabilities.assign(wanted.begin(), wanted.end());
    note_in(pool, WorkerRegistered{std::move(spec)});
    out.workers.push_back({.name = std::move(name)});
  }
  for (const std::size_t worker : without) {
    note_in(pool, WorkerDrained{.worker = out.workers[worker].name});
    out.workers[worker].takes_work = false;
  }
  out.state = encode_state(pool.state());
  return out;
}

Play play_on(const PlayStart& start, const TaskTakes& takes) {
  return PoolPlay(start, takes).play();
}

std::vector<PlayStep> play_course(const PlayStart& start, const TaskTakes& takes) {
  return PoolPlay(start, takes).course();
}

}  // namespace evener
