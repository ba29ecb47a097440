// The framework's folder of claims, kept true beside the pool: one file a running task. Others may
// keep files there, too, so the pool's folder remembers which ones are ours (claims.json), and no
// other is replaced or taken away.
#pragma once

#include <string>

#include "core/pool.h"
#include "engine/pool_folder.h"

namespace evener {

// Fails with `not_ours` where files that we did not write stand in the way, once all others are
// true, and as the disk does.
Status write_claims(const PoolFolder& pool_folder, const std::string& folder, const Pool& pool);

}  // namespace evener
