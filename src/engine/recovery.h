// From a journal to a pool in memory: the newest snapshot that fits, then the facts after it.
#pragma once

#include <memory>
#include <vector>

#include "core/pool.h"
#include "engine/log_clock.h"
#include "journal/journal.h"
#include "journal/snapshot.h"

namespace evener {

struct Recovered {
  std::unique_ptr<Pool> pool;
  Stamp stamp;                 // of the newest batch
  Seq snapshot;                // where the snapshot stood; 0 if none was used
  std::vector<Error> skipped;  // snapshots that could not be used
};

// The pool as it stands at the journal's end, or at `at` if that is earlier; without `snapshots` by
// replay alone. Fails with `journal_damaged` or `unknown_fact`.
Result<Recovered> recover(
    Journal& journal, const SnapshotStore* snapshots, Seq at = Seq{INT64_MAX}
);

// Log time for whoever only reads the pool: as an engine would have it that opened it now.
Instant now_of(const Stamp& stamp, const ClockReading& reading, const Pool& pool);

// The newest fact written at or before the wall time; 0 if there is none.
Result<Seq> seq_at(Journal& journal, Instant wall);

// Replays everything without a snapshot, and holds the digest against that of the ordinary
// recovery. Fails with `digest_differs`.
Status verify_recovery(Journal& journal, const SnapshotStore& snapshots);

// What whoever opens the pool must write down first: one extension of all leases, if their
// deadlines were kept by somebody who is gone.
std::vector<FactBody> facts_on_opening(const Pool& pool, Instant now, bool as_server);

// What a server writes when it ends cleanly, in commands that fit a batch.
std::vector<std::vector<FactBody>> facts_on_closing(const Pool& pool, const std::string& instance);

}  // namespace evener
