// One bit turns on the disk. Where it can be seen, the pool must not open, with a word that says
// why; where it cannot, nothing that was acknowledged may be missing or different.
#pragma once

#include <string>
#include <vector>

#include "base/seeded.h"
#include "disk.h"
#include "engine/pool_folder.h"

namespace evener::sim {

// Turns a bit of a copy of the disk, whose process is killed, and starts from there. `told` are the
// facts that were published; `is_open` says whether a process has the pool open. Returns what was
// wrong with what came of it; "" if nothing was. Afterwards SQLite's disk is none: use_disk()
// again.
std::string try_flipped_bit(
    const Disk& disk,
    const PoolFolder& folder,
    const std::vector<std::string>& told,
    bool is_open,
    SeededNumbers& random
);

}  // namespace evener::sim
