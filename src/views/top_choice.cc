#include "views/top_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace evener {
namespace {

// What stays the same of a row while it changes. Of one task several things may need somebody; what
// would help tells them apart, as it names them.
std::string name_of_row(const TopContent& content, TopPane pane, std::size_t row) {
  switch (pane) {
    case TopPane::attention: {
      const AttentionRow& attention = content.status.attention[row];
      return fmt::format(
          "{} {} {} {}", name_of(attention.kind), attention.task, attention.worker, attention.remedy
      );
    }
    case TopPane::workers:
      return content.workers.workers[row].name;
    case TopPane::tasks:
      return content.tasks.tasks[row].id;
  }
  return {};
}

const TopChoice& choice_in(const TopState& state, TopPane pane) {
  return state.chosen[static_cast<std::size_t>(pane)];
}

TopChoice& choice_in(TopState& state, TopPane pane) {
  return state.chosen[static_cast<std::size_t>(pane)];
}

void choose(TopState& state, const TopContent& content, TopPane pane, std::size_t row) {
  choice_in(state, pane) = {.name = name_of_row(content, pane, row), .row = row};
}

}  // namespace

std::size_t rows_of(const TopContent& content, TopPane pane) {
  switch (pane) {
    case TopPane::attention:
      return content.status.attention.size();
    case TopPane::workers:
      return content.workers.workers.size();
    case TopPane::tasks:
      return content.tasks.tasks.size();
  }
  return 0;
}

bool is_list_read(const TopState& state, const TopContent& content) {
  const TaskFilter wanted = filter_of(state);
  return content.filter.text == wanted.text && content.filter.states == wanted.states;
}

std::optional<std::size_t> chosen_row(
    const TopState& state, const TopContent& content, TopPane pane
) {
  const TopChoice& choice = choice_in(state, pane);
  if (choice.name.empty()) return std::nullopt;
  const std::size_t rows = rows_of(content, pane);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = (choice.row + i) % rows;  // mostly it stands where it stood
    if (name_of_row(content, pane, row) == choice.name) return row;
  }
  return std::nullopt;
}

TopSubject chosen_subject(const TopState& state, const TopContent& content) {
  const std::optional<std::size_t> row = chosen_row(state, content, state.pane);
  if (!row) return {};
  switch (state.pane) {
    case TopPane::attention: {
      const AttentionRow& attention = content.status.attention[*row];
      return {attention.task, attention.worker};
    }
    case TopPane::workers: {
      const WorkerRow& worker = content.workers.workers[*row];
      return {shown_task(worker, content.status), worker.name};
    }
    case TopPane::tasks:
      return {content.tasks.tasks[*row].id, content.tasks.tasks[*row].worker};
  }
  return {};
}

std::string nothing_chosen(const TopState& state, const TopContent& content) {
  if (state.pane == TopPane::tasks && !is_list_read(state, content))
    return "the tasks are being read";
  const TopChoice& choice = choice_in(state, state.pane);
  if (choice.name.empty()) return "nothing is chosen";
  const std::string what = state.pane == TopPane::attention ? "what was chosen" : choice.name;
  return what + " is not listed any more; choose another: Up Down";
}

void choose_by(TopState& state, const TopContent& content, std::int64_t steps) {
  const std::size_t rows = rows_of(content, state.pane);
  if (rows == 0 || (state.pane == TopPane::tasks && !is_list_read(state, content))) return;
  const std::optional<std::size_t> row = chosen_row(state, content, state.pane);
  const TopChoice& choice = choice_in(state, state.pane);
  auto from = static_cast<std::int64_t>(row.value_or(choice.row));
  if (!row && !choice.name.empty() && steps > 0) --from;
  const auto last = static_cast<std::int64_t>(rows) - 1;
  const auto to = std::clamp(from + steps, std::int64_t{0}, last);
  choose(state, content, state.pane, static_cast<std::size_t>(to));
}

void await_list(TopState& state, bool keeps) {
  if (!keeps) choice_in(state, TopPane::tasks) = {};
  state.awaits_list = true;
}

void settle_choices(TopState& state, const TopContent& content) {
  for (const TopPane pane : {TopPane::attention, TopPane::workers, TopPane::tasks}) {
    if (pane == TopPane::tasks && !is_list_read(state, content)) continue;
    const std::optional<std::size_t> row = chosen_row(state, content, pane);
    const bool may_choose = pane == TopPane::tasks && std::exchange(state.awaits_list, false);
    if (row) {
      choice_in(state, pane).row = *row;
    } else if (choice_in(state, pane).name.empty() || may_choose) {
      choice_in(state, pane) = {};
      if (rows_of(content, pane) > 0) choose(state, content, pane, 0);
    }
  }
}

std::string shown_task(const WorkerRow& worker, const StatusView& status) {
  const auto row =
      std::find_if(status.running.begin(), status.running.end(), [&](const RunningRow& running) {
        return running.worker == worker.name;
      });
  if (row != status.running.end()) return row->task;
  return worker.holding.empty() ? "" : worker.holding.front();
}

}  // namespace evener
