// A pool played on, from where it stands, on a virtual clock: what is open and running, for whoever
// is at work, by the pool's own order (as core/simulation.h plays a plan). How long each task takes
// is for the caller to say, so that many plays make a forecast.
//
// A start is copied from the pool once, without what is over, and needs the pool no more. Held and
// blocked tasks, and those behind failed ones, stay where they are; criteria and approvals are
// taken as given where their tasks are still to be done; nothing fails, nobody comes or goes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/pool.h"

namespace evener {

struct PlayTask {
  std::string id = {};
  Work work = {};        // of nobody in particular, as the real pool knows it
  Millis elapsed = -1;   // of one that runs: for how long; -1: it does not run
  bool is_work = false;  // else it takes no time: its subtasks do
  bool counts = false;   // else it only stands for a task that is over, and never will be done
  std::vector<std::string> wants = {};  // capabilities
  std::string assignee = {};            // who alone may take it, maybe only for a time; "": anybody
};

struct PlayWorker {
  std::string name = {};
  WorkerIndex known = no_worker;  // in the real pool; no_worker: it was added for the play
  ModelIndex model = no_model;
  std::int64_t slots = 1;
  bool takes_work = true;  // else it only ends what it holds
};

struct PlayStart {
  std::string state = {};                // encoded (snapshot_codec.h)
  std::vector<PlayTask> tasks = {};      // by their numbers in that state
  std::vector<PlayWorker> workers = {};  // likewise
  Durations durations = {};              // what was learned, for the caller
  Millis default_estimate = 0;

  // Of those who take work.
  std::int64_t slots() const;
};

// `employed` is asked for each worker: whether it takes work, as things stand.
Result<PlayStart> play_start(
    const Pool& pool, Instant now, const std::function<bool(WorkerIndex)>& employed
);

// The same start with so many workers more, who can do all that is asked for, a task at a time; and
// without some, by their numbers in it, who end what they hold.
PlayStart with_workers(
    const PlayStart& start, std::int64_t added, const std::vector<std::size_t>& without
);

enum class WaitedFor : std::uint8_t { nothing, worker, assignee, lock };

// A task that was done, and for what it waited once it could have begun.
struct PlayStep {
  std::uint32_t task = 0;
  std::uint32_t worker = 0;
  Millis began = 0;
  Millis ended = 0;
  Millis waited = 0;
  WaitedFor waited_for = WaitedFor::nothing;
};

struct Play {
  Millis finish = 0;                      // when the last task ended
  Millis busy = 0;                        // the sum over all workers, of what is left to do
  std::vector<Millis> busy_of = {};       // by worker
  std::vector<std::uint32_t> never = {};  // tasks that were not done, and count
  std::vector<PlayStep> last_path = {};   // from the beginning to the task that ended last
};

// What is left of the task, if that worker does it.
using TaskTakes = std::function<Millis(std::uint32_t task, std::uint32_t worker)>;

Play play_on(const PlayStart& start, const TaskTakes& takes);

// The same play, told as who does what when: all that is work, by its beginning. For what each
// waited is not told.
std::vector<PlayStep> play_course(const PlayStart& start, const TaskTakes& takes);

}  // namespace evener
