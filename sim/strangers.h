// What does not belong: a snapshot of another pool's history, put where ours lie; and a writer that
// another has deposed. Both are tried on copies of the disk.
#pragma once

#include <string>

#include "disk.h"
#include "engine/pool_folder.h"

namespace evener::sim {

// The pool goes on in two copies of the disk, differently and equally far, and one gets the
// snapshot of the other. Returns what was wrong with what a start made of it; "" if nothing was.
// Afterwards SQLite's disk is none: use_disk() again. So for both.
std::string try_foreign_snapshot(const Disk& disk, const PoolFolder& folder);

// A batch of an older epoch, behind one of a newer, must not be appended.
std::string try_deposed_writer(const Disk& disk, const PoolFolder& folder);

}  // namespace evener::sim
