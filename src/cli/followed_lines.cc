#include "cli/followed_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace evener {
namespace {

bool waits_for(const TaskSpec& task, const std::string& id) {
  return task.parent == id || std::any_of(task.needs.begin(), task.needs.end(), [&](const Need& n) {
           return n.task == id;
         });
}

}  // namespace

void FollowedLines::take(const Result<FollowedTask>& line) {
  if (!line.ok()) {
    session_.say("error: " + safe_text(line.error().text()));
    return;
  }
  waiting_.erase(line->task.id);  // a later line speaks for the task
  const Came came = give(*line, true);
  if (came == Came::to_wait) waiting_.emplace(line->task.id, *line);
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
  AddTasks command;
  command.tasks.push_back(line.task);
  command.update = true;
  const Result<Answer> answer = call_one(client_, std::move(command));
  if (!answer.ok()) {
    session_.say("error: " + safe_text(answer.error().text()));
    return is_new ? Came::to_nothing : Came::to_wait;
  }
  if (answer->ok) {
    session_.print(fmt::format("line {}: {}", line.line, line.task.id));
    return Came::into_pool;
  }
  const Refusal& refusal = *answer->refusal;
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
      line = came == Came::to_wait ? std::next(line) : waiting_.erase(line);
    }
  }
}

}  // namespace evener
