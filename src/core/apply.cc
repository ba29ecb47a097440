// What each fact does to the state. The meaning of a stored fact never changes.
#include <algorithm>
#include <array>
#include <map>

#include "core/graph.h"
#include "core/pool.h"

namespace evener {

// ---- the pool ----------------------------------------------------------------------------------

void Pool::apply_body(const PoolCreated& fact, const Fact&) {
  state_.pool = fact.pool;
  state_.card = fact.card;
}

void Pool::apply_body(const PoolConfigured& fact, const Fact&) {
  const bool reorders = state_.settings.default_estimate_ms != fact.settings.default_estimate_ms ||
                        state_.settings.learn != fact.settings.learn;
  const bool judges = state_.settings.fail_limit != fact.settings.fail_limit;
  const bool ages = state_.settings.age_limit_ms != fact.settings.age_limit_ms;
  for (const auto& [id, blocker] : state_.blockers) unschedule(id);
  state_.card = fact.card;
  state_.settings = fact.settings;
  for (const auto& [id, blocker] : state_.blockers) schedule(id, blocker);
  for (std::uint32_t i = 0; i < state_.workers.size(); ++i) schedule_report(WorkerIndex{i});
  locks_.read_capacities();
  ready_.settle();
  for (std::uint32_t i = 0; judges && i < state_.workers.size(); ++i) judge_health(WorkerIndex{i});
  if (ages) ready_.limit_changed(now_);
  if (!reorders) return;
  for (std::uint32_t i = 0; i < state_.tasks.size(); ++i) paths_.touch(TaskIndex{i});
}

void Pool::apply_body(const ServerOpened& fact, const Fact& whole) {
  state_.server = fact.instance;
  state_.kept_by_server = true;
  count_reports_from(whole.at);
}

void Pool::apply_body(const ServerClosed&, const Fact& whole) {
  state_.server.clear();
  count_reports_from(whole.at);
}

void Pool::apply_body(const LeasesNoted& fact, const Fact&) {
  std::map<Fence, Instant> ends;
  for (const LeaseEnd& end : fact.leases) ends.emplace(end.fence, end.expires);
  for (auto& [task, attempt] : state_.attempts) {
    const auto end = ends.find(attempt.fence);
    if (end == ends.end() || attempt.lapsed) continue;
    attempt.expires = end->second;
    Vitals::Lease lease = *vitals_.find(task);
    lease.expires = end->second;
    vitals_.set(task, std::move(lease));
  }
}

void Pool::apply_body(const LeasesExtended& fact, const Fact&) {
  state_.server.clear();
  state_.kept_by_server = false;
  count_reports_from(fact.from);
  for (auto& [task, attempt] : state_.attempts) {
    if (attempt.lapsed) continue;
    attempt.expires = std::max(attempt.expires, fact.from + attempt.lease_ms);
    Vitals::Lease lease = *vitals_.find(task);
    lease.expires = std::max(lease.expires, attempt.expires);
    vitals_.set(task, std::move(lease));
  }
}

// ---- tasks -------------------------------------------------------------------------------------

void Pool::fill(TaskIndex index, const TaskSpec& spec) {
  Task& task = state_.task(index);
  task.parent = spec.parent.empty() ? no_task : known_task(spec.parent);
  task.priority = spec.priority;
  task.capabilities = state_.intern_capabilities(required_capabilities(spec));
  task.prefers = state_.intern_capabilities(spec.prefers);
  task.assignee = state_.intern_assignee(spec.assignee);
  task.phase = spec.phase.empty() ? no_gate : state_.intern_gate(spec.phase);
  task.locks = state_.lock_sets.intern({spec.paths, spec.locks});
  task.assignee_delay = spec.assignee_delay_ms.value_or(-1);
  task.estimate = spec.estimate_ms.value_or(-1);
  task.has_verify = !spec.verify.empty();
  const auto stage = static_cast<std::size_t>(task.stage);
  lock_stages_[stage] -= task.is_lock ? 1 : 0;
  task.is_lock = spec.kind == lock_kind;
  lock_stages_[stage] += task.is_lock ? 1 : 0;
  task.criteria = static_cast<std::uint8_t>(spec.criteria.size());
  if (!is_closed(task.stage)) keep_open(index, spec);
  task.needs.clear();
  for (const Need& need : spec.needs) task.needs.push_back({known_task(need.task), need.until});
  const std::array<const void*, 10> kept_apart{
      &spec.id,
      &spec.parent,
      &spec.priority,
      &spec.needs,
      &spec.assignee,
      &spec.assignee_delay_ms,
      &spec.capabilities,
      &spec.paths,
      &spec.locks,
      &spec.estimate_ms
  };
  std::string text;
  append_members_if(text, spec, [&](const void* member) {
    return std::find(kept_apart.begin(), kept_apart.end(), member) == kept_apart.end();
  });
  // Without the leading comma.
  task.rest = KeptText(std::string_view(text).substr(std::min<std::size_t>(text.size(), 1)));
}

void Pool::apply_body(const TaskAdded& fact, const Fact& whole) {
  const TaskIndex index = state_.add_task(fact.spec.id);
  ++stages_[static_cast<std::size_t>(Stage::open)];
  fill(index, fact.spec);
  state_.task(index).since = whole.at;
  set_adder(index, fact.worker, whole.by);
  link(index);
  link_phase(index);
  refresh(index);
}

void Pool::apply_body(const TaskEdited& fact, const Fact&) {
  const TaskIndex index = known_task(fact.spec.id);
  const TaskIndex old_parent = state_.task(index).parent;
  unlink(index);
  release_locks(index);
  const GateIndex old_phase = state_.task(index).phase;
  const bool moves = old_phase == no_gate ? !fact.spec.phase.empty()
                                          : state_.gate(old_phase).id != fact.spec.phase;
  if (moves) unlink_phase(index);
  fill(index, fact.spec);
  link(index);
  if (moves) link_phase(index);
  if (state_.task(index).stage == Stage::running) hold_locks(index);
  for_each_prerequisite(state_, index, [&](TaskIndex before) { paths_.touch(before); });
  const auto extras = state_.extras.find(index);
  if (extras != state_.extras.end()) {
    const unsigned criteria = state_.task(index).criteria;
    extras->second.ticked &= criteria < 64 ? (std::uint64_t{1} << criteria) - 1 : UINT64_MAX;
  }
  if (old_parent != no_task) refresh(old_parent);
  refresh_below(index);
}

void Pool::apply_body(const TaskHeld& fact, const Fact&) {
  const TaskIndex index = known_task(fact.task);
  Task& task = state_.task(index);
  if (!task.held && task.stage == Stage::open) ++held_;
  task.held = true;
  state_.extras[index].reason = fact.reason;
  to_set_aside_.erase(index);
  refresh_below(index);
}

void Pool::apply_body(const TaskResumed& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  Task& task = state_.task(index);
  if (task.held && task.stage == Stage::open) --held_;
  task.held = false;
  end_lapses(index);
  if (const auto extras = state_.extras.find(index); extras != state_.extras.end()) {
    extras->second.reason = fact.reason;
  }
  if (task.stage == Stage::open) task.since = whole.at;
  refresh_below(index);
}

void Pool::apply_body(const TaskCancelled& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  end_attempt(index);
  end_lapses(index);
  state_.extras[index].reason = fact.reason;
  set_stage(index, Stage::cancelled, whole.at);
}

void Pool::apply_body(const TaskReopened& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  Task& task = state_.task(index);
  task.failures = 0;
  task.not_before = 0;
  end_lapses(index);
  TaskExtras& extras = state_.extras[index];
  extras.reason = fact.reason;
  extras.result.clear();
  extras.ticked = 0;
  const bool was_done = task.stage == Stage::done;
  set_stage(index, Stage::open, whole.at);
  if (was_done) learn_reworked(index);
}

void Pool::apply_body(const CriterionTicked& fact, const Fact&) {
  std::uint64_t& ticked = state_.extras[known_task(fact.task)].ticked;
  const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(fact.criterion - 1);
  ticked = fact.done ? ticked | bit : ticked & ~bit;
}

void Pool::apply_body(const NoteAdded& fact, const Fact&) {
  if (!fact.finding || fact.task.empty()) return;
  std::vector<std::string>& findings = state_.extras[known_task(fact.task)].findings;
  findings.push_back(fact.text);
  if (findings.size() > limits::findings_per_task) findings.erase(findings.begin());
}

// ---- workers -----------------------------------------------------------------------------------

void Pool::apply_body(const WorkerRegistered& fact, const Fact& whole) {
  WorkerIndex index = state_.find_worker(fact.spec.name);
  const bool is_new = index == no_worker;
  if (is_new) {
    index = state_.add_worker(fact.spec.name);
    state_.worker(index).first_seen = whole.at;
  }
  const WorkerSpec& known = state_.worker(index).spec;
  const bool moves = is_new || known.role != fact.spec.role || known.team != fact.spec.team ||
                     known.machine != fact.spec.machine;
  if (moves && !is_new) unread_.leave_channels(index);
  state_.describe(index, fact.spec);
  if (moves) unread_.enter_channels(index);
  schedule_report(index);
  ready_.worker_changed(index);
  loads_.touch(index);
}

void Pool::apply_body(const WorkerDrained& fact, const Fact&) {
  const WorkerIndex index = known_worker(fact.worker);
  Worker& worker = state_.worker(index);
  worker.draining = fact.draining;
  worker.drain_reason = fact.draining ? fact.reason : "";
  ready_.worker_changed(index);
}

// ---- attempts ----------------------------------------------------------------------------------

void Pool::apply_body(const TaskClaimed& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  learn_given_up(index);
  end_attempt(index);  // one that lapsed may still stand here to be revived
  Task& task = state_.task(index);
  const WorkerIndex worker = known_worker(fact.worker);
  task.fence = fact.fence;
  task.worker = worker;
  ++task.attempts;
  state_.last_fence = std::max(state_.last_fence, fact.fence);
  Attempt attempt{
      .fence = fact.fence,
      .worker = worker,
      .number = fact.attempt,
      .lease_ms = fact.lease_ms,
      .started = whole.at,
      .expires = fact.expires
  };
  expect(index, attempt);
  state_.attempts[index] = attempt;
  begin_lease(index, attempt);
  begin_probe(worker, index);
  set_stage(index, Stage::running, whole.at);
  if (task.phase != no_gate && state_.gate(task.phase).started_at == 0) {
    state_.gate(task.phase).started_at = whole.at;
  }
}

void Pool::apply_body(const LeaseRenewed& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  Attempt& attempt = state_.attempts.at(index);
  const bool tells = !fact.progress.line.empty() && fact.progress.line != attempt.progress.line;
  attempt.expires = fact.expires;
  attempt.progress = fact.progress;
  if (tells) report(attempt.worker, whole.at);
  state_.kept_by_server = false;
  vitals_.set(
      index,
      {.fence = fact.fence, .expires = fact.expires, .renewed = whole.at, .progress = fact.progress}
  );
}

void Pool::apply_body(const AttemptRevived& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  Attempt& attempt = state_.attempts.at(index);
  attempt.lapsed = false;
  attempt.expires = fact.expires;
  begin_lease(index, attempt);
  const Instant started = attempt.started;
  set_stage(index, Stage::running, whole.at);
  state_.task(index).since = started;  // it never stopped working
}

void Pool::apply_body(const AttemptFinished& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  if (!fact.untimed) learn_finished(index, whole.at);
  end_attempt(index);
  end_lapses(index);
  const WorkerIndex worker = known_worker(fact.worker);
  ++state_.worker(worker).done;
  if (!state_.task(index).is_lock) {
    state_.worker(worker).last_done = index;
    if (!fact.untimed) count_success(worker);
  }
  if (!fact.result.empty()) state_.extras[index].result = fact.result;
  set_stage(index, Stage::done, whole.at);
}

void Pool::apply_body(const AttemptFailed& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  const WorkerIndex worker = known_worker(fact.worker);
  const bool was_probe = is_probe(worker, index);
  if (!fact.untimed) learn_failed(index, worker);
  end_attempt(index);
  end_lapses(index);
  Task& task = state_.task(index);
  ++task.failures;
  task.not_before = fact.retry_at.value_or(0);
  ++state_.worker(worker).failed;
  if (!task.is_lock && !fact.untimed) count_failure(worker, index, was_probe);
  state_.extras[index].reason = fact.reason;
  set_stage(index, fact.retry_at ? Stage::open : Stage::failed, whole.at);
}

void Pool::apply_body(const AttemptReleased& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  if (const Attempt* attempt = state_.find_attempt(index)) {
    learn_outlasted(index, whole.at - attempt->started);
  }
  end_attempt(index);
  end_lapses(index);
  ++state_.worker(known_worker(fact.worker)).released;
  set_stage(index, Stage::open, whole.at);
}

// The attempt stays until somebody else claims the task: its holder may come back.
void Pool::apply_body(const AttemptLapsed& fact, const Fact& whole) {
  const TaskIndex index = known_task(fact.task);
  Attempt kept = state_.attempts.at(index);
  kept.lapsed = true;
  kept.held = std::max<Millis>(0, whole.at - kept.lease_ms - kept.started);
  end_attempt(index);
  state_.attempts[index] = std::move(kept);
  Worker& worker = state_.worker(known_worker(fact.worker));
  ++worker.lapsed;
  worker.lost = true;
  TaskExtras& extras = state_.extras[index];
  ++extras.lapses;
  extras.reason = fact.reason;
  set_stage(index, Stage::open, whole.at);
  count_lapse(index);
}

void Pool::apply_body(const SalvageKept& fact, const Fact&) {
  std::vector<SalvageKept>& salvage = state_.extras[known_task(fact.task)].salvage;
  salvage.push_back(fact);
  if (salvage.size() > limits::salvage_per_task) salvage.erase(salvage.begin());
}

}  // namespace evener
