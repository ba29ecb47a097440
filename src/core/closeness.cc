#include "core/closeness.h"

#include <algorithm>

#include "core/lock_wish.h"

namespace evener {

Closeness::Closeness(const State& state, const Worker& worker)
    : state_(state), last_done_(worker.last_done) {
  for (const std::string& path : worker.spec.focus) {
    Result<PathGlob> glob = PathGlob::parse(path);
    // A folder is what stands in it.
    if (glob && glob->is_plain()) glob = PathGlob::parse(glob->text() + "/**");
    if (glob) focus_.push_back(*std::move(glob));
  }
  if (last_done_ != no_task) last_ = &state.task(last_done_);
}

bool Closeness::is_in_focus(TaskIndex index) const {
  if (focus_.empty() || state_.task(index).locks == no_locks) return false;
  const auto wishes = readable_wishes(state_.lock_sets.wishes(state_.task(index).locks));
  return std::any_of(wishes.begin(), wishes.end(), [&](const LockWish& wish) {
    return wish.glob && std::any_of(focus_.begin(), focus_.end(), [&](const PathGlob& focus) {
             return overlap(focus, *wish.glob);
           });
  });
}

bool Closeness::goes_on(TaskIndex index) const {
  if (last_ == nullptr) return false;
  const Task& task = state_.task(index);
  if (task.parent != no_task && task.parent == last_->parent) return true;
  return std::any_of(task.needs.begin(), task.needs.end(), [&](const NeedEdge& need) {
    return need.task == last_done_;
  });
}

bool Closeness::is_in_phase(TaskIndex index) const {
  return last_ != nullptr && last_->phase != no_gate && state_.task(index).phase == last_->phase;
}

int Closeness::of(TaskIndex index) const {
  return (is_in_focus(index) ? 4 : 0) + (goes_on(index) ? 2 : 0) + (is_in_phase(index) ? 1 : 0);
}

}  // namespace evener
