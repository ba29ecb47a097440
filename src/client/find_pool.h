// Where the pool is: all worktrees of a repository, and all folders below it, find the same one.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/pool_folder.h"

namespace evener {

// `asked` is what the user named (a folder that holds `.evener`, or that folder itself); without
// it, the nearest `.evener` upward from `directory`, else that of the main worktree, through git's
// common directory. Fails with `pool_missing`.
Result<PoolFolder> find_pool(const std::string& asked, const std::string& directory);

// Where `evener init` makes a pool: in the root of the main worktree, or in `directory` outside
// git.
PoolFolder place_for_pool(const std::string& directory);

}  // namespace evener
