#include "views/blockers.h"

#include <algorithm>

namespace evener {

BlockerListView blockers_view(const Pool& pool, Instant now) {
  const State& state = pool.state();
  BlockerListView view;
  for (const auto& [id, blocker] : state.blockers) {
    const Task& task = state.task(blocker.task);
    BlockerRow row{
        .blocker = id,
        .task = task.id,
        .text = blocker.text,
        .severity = blocker.severity,
        .stops = blocker.stops,
        .owner = blocker.owner,
        .reporter = blocker.reporter,
        .open_for_ms = std::max<Millis>(0, now - blocker.raised_at),
        .asked = blocker.asked,
        .level = blocker.level
    };
    const Escalation next = next_escalation(blocker, state.settings);
    if (next.at != 0 && !is_over(task.stage)) {
      row.escalates_in_ms = std::max<Millis>(0, next.at - now);
      row.escalates_to = next.to;
    }
    row.waiting =
        std::count_if(task.dependants.begin(), task.dependants.end(), [&](TaskIndex index) {
          return state.task(index).stage == Stage::open;
        });
    view.blockers.push_back(std::move(row));
  }
  std::stable_sort(
      view.blockers.begin(),
      view.blockers.end(),
      [](const BlockerRow& a, const BlockerRow& b) { return a.severity < b.severity; }
  );
  return view;
}

}  // namespace evener
