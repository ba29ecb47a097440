// What attempts teach of how long tasks take, and of who does them well (durations.h). A task with
// subtasks teaches nothing: its time is theirs; nor does one that only holds locks.
#include "core/pool.h"

namespace evener {
namespace {

bool is_teaching(const Task& task) {
  return task.children.empty() && !task.is_lock && task.kind != no_kind;
}

}  // namespace

void Pool::set_kind(TaskIndex index, const std::string& name) {
  Task& task = state_.task(index);
  const KindIndex kind = state_.durations.intern_kind(name);
  if (kind == task.kind) return;
  drop_kind(index);
  task.kind = kind;
  state_.durations.count_open(kind, true);
  paths_.kinds().add(kind, index);
}

void Pool::drop_kind(TaskIndex index) {
  const KindIndex kind = std::exchange(state_.task(index).kind, no_kind);
  if (kind == no_kind) return;
  state_.durations.count_open(kind, false);
  paths_.kinds().drop(kind, index);
}

// Notes beforehand what is expected, so that the prediction can be held against what came.
void Pool::expect(TaskIndex index, Attempt& attempt) {
  if (!state_.durations.keeps_prediction(attempt.fence) || !is_teaching(state_.task(index))) return;
  const Work work = work_of(state_, index, attempt.worker);
  attempt.expected = state_.durations.expect(work, state_.settings.default_estimate_ms);
}

void Pool::learn_finished(TaskIndex index, Instant now) {
  const Task& task = state_.task(index);
  const Attempt* const found = state_.find_attempt(index);
  if (found == nullptr || !is_teaching(task)) return;
  const Attempt& attempt = *found;
  Durations& durations = state_.durations;
  const Work work = tried_work(index, attempt.worker);
  durations.finished(work, now - attempt.started, attempt.expected);
  durations.tried(work, true);
  const Millis default_estimate = state_.settings.default_estimate_ms;
  const auto renew = [&](KindIndex kind) {
    durations.renew(kind, default_estimate);
    paths_.kinds().sweep(kind);
  };
  if (durations.wants_renewal(task.kind)) renew(task.kind);
  if (const auto unseen = durations.unseen_to_renew(default_estimate)) renew(*unseen);
}

Work Pool::tried_work(TaskIndex index, WorkerIndex worker) {
  Work work = work_of(state_, index, worker);
  work.model = state_.intern_model(state_.worker(worker).capabilities);
  return work;
}

void Pool::learn_failed(TaskIndex index, WorkerIndex worker) {
  if (is_teaching(state_.task(index))) state_.durations.tried(tried_work(index, worker), false);
}

// A task that was done stands open again. Its newest fence is of the attempt that did it.
void Pool::learn_reworked(TaskIndex index) {
  const Task& task = state_.task(index);
  if (task.worker == no_worker || !is_teaching(task)) return;
  state_.durations.reworked(tried_work(index, task.worker));
}

void Pool::learn_outlasted(TaskIndex index, Millis held) {
  if (!is_teaching(state_.task(index))) return;
  const Work work = work_of(state_, index, state_.task(index).worker);
  state_.durations.outlasted(work, held, state_.settings.default_estimate_ms);
}

// Once somebody else claims the task, an attempt that lapsed cannot finish any more.
void Pool::learn_given_up(TaskIndex index) {
  const Attempt* attempt = state_.find_attempt(index);
  if (attempt != nullptr && attempt->lapsed) learn_outlasted(index, attempt->held);
}

}  // namespace evener
