// What another tool knew of tasks, taken over into a pool as far as it can be: what is done,
// failed, cancelled and held there is so here; work in progress is offered again to whom it is
// reserved for, since nobody here holds a lease on it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "client/client.h"
#include "formats/plan.h"

namespace evener {

// New tasks that are over already cannot be claimed under their own conditions: their needs may be
// open here, and they may be meant for somebody who is busy. So they are added without, finished
// one generation after another from the lowest subtasks up, and only then described in full.
//
// Takes the descriptions out of `tasks`, leaving what is to be added first, and gives back the full
// ones, generation by generation.
std::vector<std::vector<TaskSpec>> part_closed_tasks(
    std::vector<TaskSpec>& tasks, const std::vector<ImportedState>& states, const HeldPool& held
);

// Ends tasks that are over, and that nobody is known to have done, many at a time. Each that could
// not be is a notice.
Result<std::vector<std::string>> close_unclaimed(
    Client& client, const std::vector<ImportedState>& states
);

struct TakenOver {
  std::string refused = {};  // why it could not be, or ""
  bool has_changed = false;  // whether there was something to do, and it was done
};

// Takes over one state.
Result<TakenOver> take_over(Client& client, const ImportedState& state, const HeldPool& held);

// Writes down the notes that the pool has not got yet: of tasks, or of workers. Says how many, and
// how many belong to neither.
struct NotesWritten {
  std::size_t added = 0;
  std::size_t homeless = 0;
};

Result<NotesWritten> write_notes(
    Client& client, const std::vector<PlanNote>& notes, const std::set<std::string>& workers
);

}  // namespace evener
