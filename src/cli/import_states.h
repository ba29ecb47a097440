// What another tool knew of tasks, taken over into a pool as far as it can be: what is done,
// failed, cancelled and held there is so here; work in progress is offered again to whom it is
// reserved for, since nobody here holds a lease on it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "client/client.h"
#include "formats/plan.h"

namespace evener {

// Makes the importing worker of that name (held_pool.h) known, and lets it claim many tasks at
// once; and lets it drain.
Status employ_importing_worker(Client& client, const std::string& importer);
Status dismiss_importing_worker(Client& client, const std::string& importer);

// Whether a task of such a state (done, failed) is closed by claiming it and ending the attempt.
bool is_ended(std::string_view status);

// Whether a task that is held for this reason is held because a file said so: only then may the
// file let it go again. Whoever else holds a task does so for a reason that the file knows nothing
// of.
bool is_hold_of_import(std::string_view reason);

// A task of a plan with a state that is still to be taken over. The file's word for the state
// stands in the description (status_words.h) and is written down only once that has happened, so
// that an import which was refused or broken off is made up for by the next.
struct StatedTask {
  TaskSpec described = {};  // in full
  ImportedState state = {};
  std::string last_word = {};  // which stays if it cannot be taken over
  bool is_bare = false;        // without what would keep it open, until it is ended
  bool is_new = false;         // to the pool
};

// Tasks that are over elsewhere cannot be claimed under their own conditions: their needs may be
// open here, and they may be meant for somebody who is busy. So they are described without at
// first, ended one generation after another from the lowest subtasks up, and only then described in
// full. One that is in the pool already keeps its parent and its phase meanwhile: without it, its
// parent could be claimed, and gates would open. If it is ready for anyone, it is left as it is.
//
// Makes of `tasks` how they are described first, and gives back those with a state that is to be
// taken over, generation by generation.
std::vector<std::vector<StatedTask>> part_stated_tasks(
    std::vector<TaskSpec>& tasks,
    const std::vector<ImportedState>& states,
    const HeldPool& held,
    const std::string& importer
);

// Ends tasks that are over, and that nobody is known to have done, many at a time, by the importing
// worker, which is employed. Says of each that could not be why, by its id.
Result<std::map<std::string, std::string>> close_unclaimed(
    Client& client,
    const std::string& importer,
    const std::vector<ImportedState>& states,
    const HeldPool& held
);

struct TakenOver {
  std::string refused = {};  // why it could not be, or ""
  bool has_changed = false;  // whether there was something to do, and it was done
};

// Takes over one state; if it is ended, of a task that a worker is known to have done.
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
