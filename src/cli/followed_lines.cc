#include "cli/followed_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/import_difference.h"
#include "cli/import_plan.h"

namespace evener {
namespace {

bool waits_for(const TaskSpec& task, const std::string& id) {
  return task.parent == id || std::any_of(task.needs.begin(), task.needs.end(), [&](const Need& n) {
           return n.task == id;
         });
}

bool is_open(std::string_view state) {
  return state == "ready" || state == "waiting";
}

}  // namespace

void FollowedLines::take(const Result<FollowedTask>& line) {
  if (!line.ok()) {
    session_.say("error: " + safe_text(line.error().text()));
    return;
  }
  say_all(line->notices);
  waiting_.erase(line->task.id);  // a later line speaks for the task
  const Came came = give(*line, true);
  keep(*line, came);
  if (came == Came::into_pool || came == Came::in_part) give_those_behind(line->task.id);
}

void FollowedLines::keep(FollowedTask line, Came came) {
  if (came == Came::into_pool || came == Came::to_nothing) return;
  const std::string id = line.task.id;
  Waiting waiting{.line = std::move(line)};
  if (came == Came::in_part) put_off(waiting);
  waiting_.emplace(id, std::move(waiting));
}

// Each try writes facts, so they become rarer.
void FollowedLines::put_off(Waiting& waiting) {
  constexpr Millis first_ms = 5000;
  constexpr Millis longest_ms = 600'000;
  waiting.is_added = true;
  waiting.pause_ms = std::clamp(2 * waiting.pause_ms, first_ms, longest_ms);
  waiting.next_try = session_.clock().read().monotonic + waiting.pause_ms;
}

void FollowedLines::try_again() {
  constexpr Millis pause_ms = 5000;
  constexpr Millis share = 20;
  const Millis start = session_.clock().read().monotonic;
  if (waiting_.empty() || start < next_try_) return;
  std::vector<std::string> ids;
  for (const auto& [id, line] : waiting_) ids.push_back(id);
  for (const std::string& id : ids) {
    const auto line = waiting_.find(id);
    if (line == waiting_.end()) continue;
    const bool was_added = line->second.is_added;
    if (was_added && start < line->second.next_try) continue;
    const Came came = give_again(line->second);
    if (came == Came::unsent) break;
    if (came == Came::into_pool || came == Came::to_nothing) waiting_.erase(line);
    if (came == Came::into_pool || (came == Came::in_part && !was_added)) give_those_behind(id);
  }
  const Millis end = session_.clock().read().monotonic;
  next_try_ = end + std::max(pause_ms, share * (end - start));
}

void FollowedLines::finish() const {
  for (const auto& [id, waiting] : waiting_) {
    const std::string_view what = waiting.is_added ? "is still not as far as the line says"
                                                   : "still waits, and was not taken over";
    session_.say(fmt::format("line {}: {} {}", waiting.line.line, id, what));
  }
}

// Of a task that was added nothing but its state: others may have changed the task since.
FollowedLines::Came FollowedLines::give_again(Waiting& waiting) {
  const Came came = waiting.is_added ? give_state(waiting.line) : give(waiting.line, false);
  if (came == Came::in_part) put_off(waiting);
  return came;
}

FollowedLines::Came FollowedLines::give(const FollowedTask& line, bool is_new) {
  if (line.state && !is_open(line.state->status)) return give_plan(line, is_new);
  AddTasks command;
  command.tasks.push_back(line.task);
  const Result<Answer> answer = call_one(client_, std::move(command));
  if (!answer.ok()) return lost_way(line, answer.error(), is_new);
  trouble_.clear();
  if (!answer->ok) {
    if (answer->refusal->code == "duplicate_id") return give_plan(line, is_new);
    return refused(line, {answer->refusal->code, answer->refusal->message, ""}, is_new);
  }
  session_.print(fmt::format("line {}: {}", line.line, line.task.id));
  return Came::into_pool;
}

// A line that says how far its task is goes the way of a whole plan, so that what is done there is
// never offered here; so does one of a task that the pool has, which may remember more of it.
FollowedLines::Came FollowedLines::give_plan(const FollowedTask& line, bool is_new) {
  const Result<HeldPool> held = held_around(line.task);
  if (!held.ok()) return lost_way(line, held.error(), is_new);
  trouble_.clear();
  Plan plan;
  plan.tasks.push_back(line.task);
  if (line.state) {
    plan.states.push_back(*line.state);
  } else if (const TaskSpec* const known = held->find(line.task.id)) {
    plan.tasks.back().assignee = known->assignee;
  }
  std::vector<std::string> notices;
  const Result<bool> is_whole = import(std::move(plan), *held, notices);
  if (is_new || is_whole.ok()) say_all(notices);
  if (is_whole.ok()) {
    session_.print(fmt::format("line {}: {}", line.line, line.task.id));
    return *is_whole ? Came::into_pool : Came::in_part;
  }
  const Result<HeldPool> still = held_around(line.task);
  return still.ok() ? refused(line, is_whole.error(), is_new)
                    : lost_way(line, is_whole.error(), is_new);
}

FollowedLines::Came FollowedLines::give_state(const FollowedTask& line) {
  const Result<HeldPool> held = held_around(line.task);
  if (!held.ok()) return lost_way(line, held.error(), false);
  trouble_.clear();
  if (held->find(line.task.id) == nullptr) return Came::to_nothing;
  Plan plan;
  plan.states.push_back(*line.state);
  std::vector<std::string> untold;
  const Result<bool> is_whole = import(std::move(plan), *held, untold);
  if (!is_whole.ok()) lost_way(line, is_whole.error(), false);
  if (!is_whole.ok() || !*is_whole) return Came::in_part;
  session_.say(fmt::format("line {}: {} is as far as the line says", line.line, line.task.id));
  return Came::into_pool;
}

void FollowedLines::say_all(const std::vector<std::string>& notices) const {
  for (const std::string& notice : notices) session_.say("note: " + safe_text(notice));
}

// Whether all of it was taken over. `notices`: what there is to say of it, even if it fails.
Result<bool> FollowedLines::import(
    Plan plan, const HeldPool& held, std::vector<std::string>& notices
) {
  const std::vector<std::string> later = reconcile(plan, held);
  notices = plan.notices;
  Imported imported;
  const Status done = import_plan(client_, std::move(plan), held, imported);
  notices.insert(notices.end(), imported.notices.begin(), imported.notices.end());
  if (!done.ok()) return done.error();
  return later.empty() && imported.left.empty();
}

// The pool's workers, the task as the pool has it, and what it needs.
Result<HeldPool> FollowedLines::held_around(const TaskSpec& task) {
  Plan around;
  around.workers = TRY(read_held_records(client_)).workers;
  std::map<std::string, std::string> states;
  std::map<std::string, std::string> reasons;
  std::vector<std::string> ids{task.id};
  for (const Need& need : task.needs) ids.push_back(need.task);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string id = ids[i];
    Query query;
    query.kind = QueryKind::task;
    query.task = id;
    Result<TaskView> view = ask_for<TaskView>(client_, query);
    if (!view.ok() && view.error().code == "unknown_task") continue;
    if (!view.ok()) return view.error();
    if (id == task.id) {
      for (const Need& need : view->spec.needs) ids.push_back(need.task);
      if (!view->spec.parent.empty()) ids.push_back(view->spec.parent);
    } else {  // what they need in turn is none of the line's business
      view->spec.needs.clear();
      view->spec.parent.clear();
    }
    if (states.emplace(id, name_of(view->state)).second) {
      if (view->state == TaskState::held) reasons.emplace(id, std::move(view->reason));
      around.tasks.push_back(std::move(view->spec));
    }
  }
  HeldPool held = held_pool(std::move(around), std::move(states));
  held.reasons = std::move(reasons);
  return held;
}

FollowedLines::Came FollowedLines::lost_way(
    const FollowedTask& line, const Error& error, bool is_new
) {
  if (error.text() != trouble_) session_.say("error: " + safe_text(error.text()));
  trouble_ = error.text();
  if (!is_new || waiting_.size() < most_waiting) return Came::unsent;
  session_.say(fmt::format("refused: line {}: too many lines wait", line.line));
  return Came::to_nothing;
}

FollowedLines::Came FollowedLines::refused(
    const FollowedTask& line, const Error& refusal, bool is_new
) {
  const bool may_come = refusal.code == "need_missing" || refusal.code == "parent_missing";
  const bool waits = may_come && (!is_new || waiting_.size() < most_waiting);
  if (is_new || !waits) {
    session_.say(fmt::format(
        "{}: line {}: {}", waits ? "waiting" : "refused", line.line, safe_text(refusal.message)
    ));
  }
  return waits ? Came::to_wait : Came::to_nothing;
}

// Those that waited for the task, for those that waited for them, and so on.
void FollowedLines::give_those_behind(const std::string& task) {
  std::vector<std::string> added{task};
  while (!added.empty()) {
    const std::string id = std::move(added.back());
    added.pop_back();
    for (auto line = waiting_.begin(); line != waiting_.end();) {
      Waiting& waiting = line->second;
      const bool may_come = !waiting.is_added && waits_for(waiting.line.task, id);
      const Came came = may_come ? give_again(waiting) : Came::to_wait;
      if (came == Came::into_pool || came == Came::in_part) added.push_back(line->first);
      const bool is_over = came == Came::into_pool || came == Came::to_nothing;
      line = is_over ? waiting_.erase(line) : std::next(line);
    }
  }
}

}  // namespace evener
