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
  for (const std::string& notice : line->notices) session_.say("note: " + safe_text(notice));
  waiting_.erase(line->task.id);  // a later line speaks for the task
  const Came came = give(*line, true);
  if (came == Came::to_wait || came == Came::unsent) waiting_.emplace(line->task.id, *line);
  if (came == Came::into_pool) give_those_behind(line->task.id);
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
    const Came came = give(line->second, false);
    if (came == Came::unsent) break;
    if (came == Came::to_wait) continue;
    waiting_.erase(line);
    if (came == Came::into_pool) give_those_behind(id);
  }
  const Millis end = session_.clock().read().monotonic;
  next_try_ = end + std::max(pause_ms, share * (end - start));
}

void FollowedLines::finish() const {
  for (const auto& [id, line] : waiting_) {
    session_.say(fmt::format("line {}: {} still waits, and was not added", line.line, id));
  }
}

FollowedLines::Came FollowedLines::give(const FollowedTask& line, bool is_new) {
  if (line.state && !is_open(line.state->status)) return give_plan(line, is_new);
  AddTasks command;
  command.tasks.push_back(line.task);
  command.update = true;
  const Result<Answer> answer = call_one(client_, std::move(command));
  if (!answer.ok()) return lost_way(line, answer.error(), is_new);
  trouble_.clear();
  if (!answer->ok) {
    return refused(line, {answer->refusal->code, answer->refusal->message, ""}, is_new);
  }
  session_.print(fmt::format("line {}: {}", line.line, line.task.id));
  return Came::into_pool;
}

// A line that says how far its task is goes the way of a whole plan, so that what is done there is
// never offered here.
FollowedLines::Came FollowedLines::give_plan(const FollowedTask& line, bool is_new) {
  const Result<HeldPool> held = held_around(line.task);
  if (!held.ok()) return lost_way(line, held.error(), is_new);
  trouble_.clear();
  Plan plan;
  plan.tasks.push_back(line.task);
  plan.states.push_back(*line.state);
  reconcile(plan, *held);
  for (const std::string& notice : plan.notices) session_.say("note: " + safe_text(notice));
  Imported imported;
  const Status done = import_plan(client_, std::move(plan), *held, imported);
  for (const std::string& notice : imported.notices) session_.say("note: " + safe_text(notice));
  if (done.ok()) {
    session_.print(fmt::format("line {}: {}", line.line, line.task.id));
    return Came::into_pool;
  }
  const Result<HeldPool> still = held_around(line.task);
  return still.ok() ? refused(line, done.error(), is_new) : lost_way(line, done.error(), is_new);
}

// The task as the pool has it, and what it needs.
Result<HeldPool> FollowedLines::held_around(const TaskSpec& task) {
  Plan around;
  std::map<std::string, std::string> states;
  std::vector<std::string> ids{task.id};
  for (const Need& need : task.needs) ids.push_back(need.task);
  for (const std::string& id : ids) {
    Query query;
    query.kind = QueryKind::task;
    query.task = id;
    Result<TaskView> view = ask_for<TaskView>(client_, query);
    if (!view.ok() && view.error().code == "unknown_task") continue;
    if (!view.ok()) return view.error();
    // What they need in turn is none of the line's business.
    if (id != task.id) view->spec.needs.clear();
    view->spec.parent.clear();
    if (states.emplace(id, name_of(view->state)).second) {
      around.tasks.push_back(std::move(view->spec));
    }
  }
  return held_pool(std::move(around), std::move(states));
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
      const bool may_come = waits_for(line->second.task, id);
      const Came came = may_come ? give(line->second, false) : Came::to_wait;
      if (came == Came::into_pool) added.push_back(line->first);
      const bool stays = came == Came::to_wait || came == Came::unsent;
      line = stays ? std::next(line) : waiting_.erase(line);
    }
  }
}

}  // namespace evener
