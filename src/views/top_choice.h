// What is chosen on the screen of `evener top`: a task, a worker or something that needs somebody,
// by name and not by row, so that it stays chosen while rows come, go and change places.
#pragma once

#include <optional>
#include <string>

#include "views/top.h"

namespace evener {

std::size_t rows_of(const TopContent& content, TopPane pane);

// Whether the tasks that are listed are those that the state asks for.
bool is_list_read(const TopState& state, const TopContent& content);

// The row of what is chosen; nothing if it is not listed, or nothing was chosen yet.
std::optional<std::size_t> chosen_row(
    const TopState& state, const TopContent& content, TopPane pane
);

// What the chosen row speaks of; "" where it speaks of none.
struct TopSubject {
  std::string task = {};
  std::string worker = {};
};

TopSubject chosen_subject(const TopState& state, const TopContent& content);

// Why the keys have nothing to act on in this pane: what was chosen is not listed any more, the
// list is not read yet, or nothing stands there.
std::string nothing_chosen(const TopState& state, const TopContent& content);

// Chooses another row, so many further, and none beyond the ends. From what is gone, the row that
// stands in its place is the next below.
void choose_by(TopState& state, const TopContent& content, std::int64_t steps);

// Another list of tasks was asked for: once it is there, its first is chosen, or what was chosen if
// that is in it and `keeps`.
void await_list(TopState& state, bool keeps);

// Before a drawing: remembers at which rows the chosen things stand, and chooses the first row
// where nothing was chosen yet.
void settle_choices(TopState& state, const TopContent& content);

// The task that a worker's row shows: what it has run longest, else what it holds.
std::string shown_task(const WorkerRow& worker, const StatusView& status);

}  // namespace evener
