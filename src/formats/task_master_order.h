// Addresses of tasks in tasks.json ("5", "5.2"), and the order in which they are usually written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/task.h"

namespace evener {

// Numbers by their value, all else by its letters, part by part: 2, 10, 10.1, 10.2, x.
bool comes_before(std::string_view a, std::string_view b);
std::vector<std::string> usual_order(std::vector<std::string> addresses);

// `master` first, the others by their letters.
std::vector<std::string> usual_tag_order(std::vector<std::string> tags);

// "2" of "5.2" below "5"; the whole address of a task that stands below none.
std::string local_of(const std::string& address, const std::string& parent);

// A local id as it is usually written: a number if it looks like one.
Json usual_id(const std::string& local);

// Which of the tasks from `first` on keeps what a tag or the file says beside its tasks: the one
// without parent that comes first in the usual order, so that reading again finds the same.
std::size_t holder_of(const std::vector<TaskSpec>& tasks, std::size_t first);

}  // namespace evener
