// SQLite's way to the simulated disk: a VFS that keeps files, locks and shared memory as SQLite's
// own for Unix does.
#pragma once

#include <cstdint>

#include "disk.h"

namespace evener::sim {

inline constexpr const char* disk_vfs_name = "evener-sim";

// From now on SQLite opens its files on this disk. Connections that are open stay where they are.
void use_disk(Disk& disk);

// From now on SQLite draws its random numbers from the seed. After use_disk().
void seed_sqlite(std::uint64_t seed);

}  // namespace evener::sim
