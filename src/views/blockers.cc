#include "views/blockers.h"

#include <algorithm>

namespace evener {
namespace {

BlockerRow row_of(const State& state, BlockerId id, Instant now) {
  const Blocker& blocker = state.blockers.at(id);
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
  row.waiting = std::count_if(task.dependants.begin(), task.dependants.end(), [&](TaskIndex index) {
    return state.task(index).stage == Stage::open;
  });
  return row;
}

void sort_gravest_first(std::vector<BlockerRow>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const BlockerRow& a, const BlockerRow& b) {
    return a.severity < b.severity;
  });
}

}  // namespace

BlockerListView blockers_view(const Pool& pool, Instant now) {
  BlockerListView view;
  for (const auto& [id, blocker] : pool.state().blockers) {
    view.blockers.push_back(row_of(pool.state(), id, now));
  }
  sort_gravest_first(view.blockers);
  return view;
}

std::vector<BlockerRow> blockers_of(const Pool& pool, TaskIndex task, Instant now) {
  std::vector<BlockerRow> rows;
  for (const BlockerId id : pool.blockers_of(task)) rows.push_back(row_of(pool.state(), id, now));
  sort_gravest_first(rows);
  return rows;
}

}  // namespace evener
