#include "core/pool.h"

#include <algorithm>

#include "core/graph.h"

namespace evener {

void Pool::apply(const Fact& fact) {
  CHECK(fact.seq == state_.last.next(), "a fact out of sequence");
  state_.last = fact.seq;
  state_.log_time = std::max(state_.log_time, fact.at);
  now_ = std::max(now_, fact.at);
  std::visit([&](const auto& body) { apply_body(body, fact); }, fact.body);
  if (const std::string_view id = task_of(fact.body); !id.empty()) {
    const TaskIndex task = state_.find_task(id);
    CHECK(task != no_task, "a fact about no task");
    state_.task(task).last_fact = fact.seq;
  }
  heard_from(fact.body, fact.at);
  self_ticks_.follow(fact);
  follow_schedules(fact);
  if (fact.request) remember(fact);
}

void Pool::advance(Instant now) {
  now_ = std::max(now_, now);
  ready_.advance(now_);
}

void Pool::repair(std::size_t edges) {
  paths_.repair(edges, [&](TaskIndex task, bool is_new) {
    ready_.work_changed(task);
    if (is_new) ready_.reorder(task);
  });
}

std::vector<TaskIndex> Pool::take_arrivals() {
  std::vector<TaskIndex> arrived;
  arrived.swap(ready_.arrived());
  return arrived;
}

TaskIndex Pool::known_task(const std::string& id) const {
  const TaskIndex task = state_.find_task(id);
  CHECK(task != no_task, "a fact names a task that was never added");
  return task;
}

WorkerIndex Pool::known_worker(const std::string& name) const {
  const WorkerIndex worker = state_.find_worker(name);
  CHECK(worker != no_worker, "a fact names a worker that was never registered");
  return worker;
}

TaskState Pool::state_of(TaskIndex index) const {
  const Task& task = state_.task(index);
  switch (task.stage) {
    case Stage::running:
      return TaskState::running;
    case Stage::done:
      return TaskState::done;
    case Stage::failed:
      return TaskState::failed;
    case Stage::cancelled:
      return TaskState::cancelled;
    case Stage::open:
      break;
  }
  if (task.held) return TaskState::held;
  return ready_.is_ready(index) ? TaskState::ready : TaskState::waiting;
}

bool Pool::is_offerable(TaskIndex index) const {
  const Task& task = state_.task(index);
  if (task.stage != Stage::open || task.open_children > 0) return false;
  for (TaskIndex at = index; at != no_task; at = state_.task(at).parent) {
    const Task& on_the_way = state_.task(at);
    if (on_the_way.held || on_the_way.open_needs > 0 || on_the_way.blockers > 0) return false;
    if (on_the_way.phase != no_gate && !state_.gate(on_the_way.phase).may_start()) return false;
  }
  return true;
}

bool Pool::has_open_needs(TaskIndex index) const {
  for (TaskIndex at = index; at != no_task; at = state_.task(at).parent) {
    if (state_.task(at).open_needs > 0) return true;
  }
  return false;
}

std::size_t Pool::count(TaskState state) const {
  switch (state) {
    case TaskState::ready:
      return ready_.ready_count();
    case TaskState::held:
      return held_;
    case TaskState::waiting:
      return stages_[static_cast<std::size_t>(Stage::open)] - held_ - ready_.ready_count();
    case TaskState::running:
      return stages_[static_cast<std::size_t>(Stage::running)];
    case TaskState::done:
      return stages_[static_cast<std::size_t>(Stage::done)];
    case TaskState::failed:
      return stages_[static_cast<std::size_t>(Stage::failed)];
    case TaskState::cancelled:
      return stages_[static_cast<std::size_t>(Stage::cancelled)];
  }
  return 0;
}

// ---- what apply keeps beside the state ---------------------------------------------------------

// A task's age, and the delay after which others may take it, count from when it became ready.
void Pool::refresh(TaskIndex index) {
  const bool offerable = is_offerable(index);
  if (offerable && !ready_.has(index)) state_.task(index).since = state_.log_time;
  ready_.place(index, offerable, now_);
}

void Pool::refresh_below(TaskIndex task) {
  refresh(task);
  for (const TaskIndex child : state_.task(task).children) refresh_below(child);
}

// Makes the edges of a task known at their other ends.
void Pool::link(TaskIndex index) {
  Task& task = state_.task(index);
  for (const NeedEdge& need : task.needs) {
    Task& needed = state_.task(need.task);
    needed.dependants.push_back(index);
    if (needed.stage != Stage::done) ++task.open_needs;
    paths_.touch(need.task);
    ready_.reorder(need.task);  // more need it
  }
  if (task.parent != no_task) {
    Task& parent = state_.task(task.parent);
    parent.children.push_back(index);
    if (task.stage != Stage::done && task.stage != Stage::cancelled) ++parent.open_children;
    paths_.touch(task.parent);  // with subtasks it counts for no time of its own
    refresh(task.parent);
  }
  paths_.touch(index);
}

// The parent is placed anew by the caller, once the task stands where it belongs.
void Pool::unlink(TaskIndex index) {
  Task& task = state_.task(index);
  const auto drop = [&](SmallList<TaskIndex>& list) {
    list.erase(std::find(list.begin(), list.end(), index));
  };
  for_each_prerequisite(state_, index, [&](TaskIndex before) { paths_.touch(before); });
  for (const NeedEdge& need : task.needs) {
    drop(state_.task(need.task).dependants);
    ready_.reorder(need.task);
  }
  task.open_needs = 0;
  if (task.parent != no_task) {
    Task& parent = state_.task(task.parent);
    drop(parent.children);
    if (task.stage != Stage::done && task.stage != Stage::cancelled) --parent.open_children;
    paths_.touch(task.parent);
  }
}

// What is kept beside a task as long as it is not closed.
void Pool::keep_open(TaskIndex index, const TaskSpec& spec) {
  set_kind(index, kind_of(spec));
  if (spec.deadline_ms) {
    state_.deadlines[index] = *spec.deadline_ms;
  } else {
    state_.deadlines.erase(index);
  }
}

void Pool::drop_open(TaskIndex index) {
  drop_kind(index);
  state_.deadlines.erase(index);
}

void Pool::set_stage(TaskIndex index, Stage stage, Instant now) {
  Task& task = state_.task(index);
  const Stage before = task.stage;
  if (before == Stage::open && task.held) --held_;
  if (stage == Stage::open && task.held) ++held_;
  --stages_[static_cast<std::size_t>(before)];
  ++stages_[static_cast<std::size_t>(stage)];
  if (task.is_lock) {
    --lock_stages_[static_cast<std::size_t>(before)];
    ++lock_stages_[static_cast<std::size_t>(stage)];
  }
  task.stage = stage;
  task.since = now;
  const bool is_dead = stage == Stage::failed || stage == Stage::cancelled;
  if (is_dead) dead_.insert(index);
  if (!is_dead && !dead_.empty()) dead_.erase(index);

  if (is_closed(stage) && !is_closed(before)) drop_open(index);
  if (is_closed(before) && !is_closed(stage)) keep_open(index, spec_of(state_, index));
  ready_.work_changed(index);

  const bool was_done = before == Stage::done;
  const bool is_done = stage == Stage::done;
  if (was_done != is_done) {
    for (const TaskIndex dependant : task.dependants) {
      Task& waiting = state_.task(dependant);
      waiting.open_needs += is_done ? -1U : 1U;
      if (waiting.open_needs == (is_done ? 0 : 1)) refresh_below(dependant);
    }
  }
  const bool ends = !is_over(before) && is_over(stage);
  const bool begins = is_over(before) && !is_over(stage);
  if ((ends || begins) && task.parent != no_task) {
    Task& parent = state_.task(task.parent);
    parent.open_children += ends ? -1U : 1U;
    if (parent.open_children == (ends ? 0 : 1)) refresh(task.parent);
  }
  if ((ends || begins) && !state_.gates.empty()) count_over(index, ends);
  if (ends && !state_.blockers.empty()) unschedule_blockers(index);
  if (begins && !state_.blockers.empty()) schedule_blockers(index);
  if (is_closed(before) != is_closed(stage) && (!is_done || has_open_needs(index))) {
    // Work that counted no longer does, or does again. (A task that is done was the last on its
    // own path, unless it got a need, or one was reopened, while it ran.)
    paths_.touch(index);
    for_each_prerequisite(state_, index, [&](TaskIndex needed) {
      if (!is_closed(state_.task(needed).stage)) paths_.touch(needed);
    });
  }
  refresh(index);
}

void Pool::end_attempt(TaskIndex index) {
  vitals_.end(index);
  const auto found = state_.attempts.find(index);
  if (found == state_.attempts.end()) return;
  Worker& worker = state_.worker(found->second.worker);
  const auto held = std::find(worker.holding.begin(), worker.holding.end(), index);
  if (held != worker.holding.end()) worker.holding.erase(held);
  loads_.touch(found->second.worker);
  if (worker.health.probe == index) worker.health.probe = no_task;
  schedule_report(found->second.worker);
  state_.attempts.erase(found);
  release_locks(index);
}

// What a task holds is never in the way of those below it: these are judged anew.
void Pool::hold_locks(TaskIndex index) {
  const Task& task = state_.task(index);
  if (task.locks == no_locks) return;
  locks_.hold(index);
  lead(index, true);
  for (const TaskIndex child : task.children) refresh_below(child);
}

void Pool::release_locks(TaskIndex index) {
  if (!locks_.is_holding(index)) return;
  locks_.release(index);
  lead(index, false);
  for (const TaskIndex child : state_.task(index).children) refresh_below(child);
}

void Pool::begin_lease(TaskIndex task, const Attempt& attempt) {
  state_.worker(attempt.worker).holding.push_back(task);
  loads_.touch(attempt.worker);
  vitals_.set(
      task,
      {.fence = attempt.fence,
       .expires = attempt.expires,
       .renewed = attempt.started,
       .progress = attempt.progress}
  );
  hold_locks(task);
  schedule_report(attempt.worker);
}

void Pool::renew(TaskIndex task, Instant now, Progress progress, std::string output) {
  const Attempt* attempt = state_.find_attempt(task);
  CHECK(attempt != nullptr && !attempt->lapsed, "renewed a lease that is not live");
  const Vitals::Lease* lease = vitals_.find(task);
  if (progress == Progress{}) progress = lease->progress;
  if (output.empty()) output = lease->output;
  const bool tells = !progress.line.empty() && progress.line != lease->progress.line;
  vitals_.set(
      task,
      {.fence = attempt->fence,
       .expires = std::max(lease->expires, now + attempt->lease_ms),
       .renewed = now,
       .progress = std::move(progress),
       .output = std::move(output)}
  );
  vitals_.saw(attempt->worker, now);
  if (!tells) return;
  vitals_.reported(attempt->worker, now);
  schedule_report(attempt->worker);
}

void Pool::saw(WorkerIndex worker, Instant now) {
  vitals_.saw(worker, now);
}

void Pool::told_load(WorkerIndex worker, const MachineLoad& load, Instant now) {
  loads_.told(worker, load, now);
}

void Pool::heard_from(const FactBody& body, Instant at) {
  if (std::holds_alternative<AttemptLapsed>(body)) return;
  if (std::holds_alternative<WorkerDrained>(body)) return;
  if (std::holds_alternative<WorkerSetAside>(body)) return;
  if (std::holds_alternative<WorkerReturned>(body)) return;
  if (std::holds_alternative<ReportOverdue>(body)) return;
  const std::string_view name = worker_of(body);
  if (name.empty()) return;
  const WorkerIndex worker = state_.find_worker(name);
  if (worker == no_worker) return;
  state_.worker(worker).last_seen = at;
  state_.worker(worker).lost = false;
  vitals_.saw(worker, at);
  if (is_report(body)) report(worker, at);
}

void Pool::remember(const Fact& fact) {
  const Result<Instant> time = request_time(fact.request->id);
  CHECK(time.ok(), "a fact carries a request id that is none");
  AuthorRequests& author = state_.requests[fact.by];
  const RequestMark& mark = *fact.request;
  author.recent[{*time, mark.id}] = {fact.seq, mark.facts, mark.body};
  // Ids count by the wall clock, which log time may have left behind.
  const Instant expired = std::min(state_.log_time, *time) - limits::request_window;
  while (!author.recent.empty()) {
    const Instant oldest = author.recent.begin()->first.first;
    const bool is_old = oldest < expired;
    if (!is_old && author.recent.size() <= limits::requests_per_author) break;
    Instant& horizon = is_old ? author.horizon : author.crowded_out;
    horizon = std::max(horizon, oldest);
    author.recent.erase(author.recent.begin());
  }
}

// A snapshot holds no derived thing: links, counts and indexes are made again here.
void Pool::adopt() {
  now_ = state_.log_time;
  locks_.read_capacities();
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) {
    const TaskIndex index{i};
    const Task& task = state_.task(index);
    ++stages_[static_cast<std::size_t>(task.stage)];
    lock_stages_[static_cast<std::size_t>(task.stage)] += task.is_lock ? 1 : 0;
    if (task.stage == Stage::open && task.held) ++held_;
    if (task.stage == Stage::failed || task.stage == Stage::cancelled) dead_.insert(index);
    if (task.parent != no_task) state_.task(task.parent).children.push_back(index);
    for (const NeedEdge& need : task.needs) state_.task(need.task).dependants.push_back(index);
    if (task.kind == no_kind) continue;
    state_.durations.count_open(task.kind, true);
    paths_.kinds().add(task.kind, index);
  }
  for (std::uint32_t i = static_cast<std::uint32_t>(state_.tasks.size()); i-- > 0;) {
    const TaskIndex index{i};
    Task& task = state_.task(index);
    for (const NeedEdge& need : task.needs) {
      if (state_.task(need.task).stage != Stage::done) ++task.open_needs;
    }
    if (task.parent != no_task && task.stage != Stage::done && task.stage != Stage::cancelled) {
      ++state_.task(task.parent).open_children;
    }
  }
  paths_.rebuild();
  adopt_gates();
  for (const auto& [id, blocker] : state_.blockers) link_blocker(id, blocker);
  for (const auto& [index, extras] : state_.extras) {
    const std::int64_t limit = state_.settings.lapse_limit;
    const Task& task = state_.task(index);
    const bool is_open = task.stage == Stage::open && !task.held;
    if (is_open && limit > 0 && extras.lapses_in_a_row >= limit) to_set_aside_.insert(index);
  }
  self_ticks_.adopt();
  schedule_watch_.adopt();
  while (!paths_.up_to_date()) repair(SIZE_MAX);
  ready_.fill(now_, [&](TaskIndex task) { return is_offerable(task); });
  is_adopting_ = true;
  for (const auto& [task, attempt] : state_.attempts) {
    if (!attempt.lapsed) begin_lease(task, attempt);
  }
  is_adopting_ = false;
  unread_.adopt();
  ready_.settle();
  ready_.arrived().clear();
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) {
    Worker& worker = state_.workers[i];
    std::sort(worker.holding.begin(), worker.holding.end());
    vitals_.saw(WorkerIndex{i}, worker.last_seen);
    judge_health(WorkerIndex{i});
    ready_.worker_changed(WorkerIndex{i});
    loads_.touch(WorkerIndex{i});
  }
}

}  // namespace evener
