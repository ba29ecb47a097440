// The journals that an engine can stand on, and their snapshots, for the layers above that open
// one: they see storage through the engine alone.
#pragma once

#include "journal/journal.h"   // IWYU pragma: export
#include "journal/memory.h"    // IWYU pragma: export
#include "journal/snapshot.h"  // IWYU pragma: export
