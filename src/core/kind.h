// What sort of work a task is: the tasks from whose durations those of others are expected.
#pragma once

#include <string>

#include "base/ids.h"
#include "model/task.h"

namespace evener {

// A kind that the pool keeps statistics of (core/durations.h). The first has no name: tasks that
// show no kind, and those of kinds that found no room.
using KindIndex = StrongInt<struct KindIndexTag, std::uint32_t>;

inline constexpr KindIndex other_kind{0};
inline constexpr KindIndex no_kind{UINT32_MAX};  // of tasks that are closed

// The kind that the task names; else its id with a `#` for each number in it, if there is one, and
// behind it its labels, in their order: "restore-8000" with the label "db" is "restore-# +db".
// "" if it has none of these. At most limits::id_bytes long, never a half of a character.
std::string kind_of(const TaskSpec& task);

}  // namespace evener
