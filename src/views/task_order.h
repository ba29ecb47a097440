// By what a list of tasks is sorted, where people look at it through a window: rows from here to
// there, of as many as there are.
#pragma once

#include <vector>

#include "core/pool.h"
#include "views/described.h"

namespace evener {

enum class TaskOrder { added, id, title, state, priority, worker, since, attempts };

template <>
struct EnumNames<TaskOrder> {
  static constexpr std::array<std::string_view, 8> names{
      "added", "id", "title", "state", "priority", "worker", "since", "attempts"
  };
};

// Sorts tasks so that the first `most` stand as they should; what is equal stays in the order in
// which it was added. `state` puts what needs somebody first: failed, held, running, ready,
// waiting, done, cancelled. Texts are compared without regard to the case of letters, numbers in
// them as numbers: t9 stands before t10.
void sort_tasks(
    const Pool& pool,
    std::vector<TaskIndex>& tasks,
    TaskOrder order,
    bool is_descending,
    std::size_t most
);

}  // namespace evener
