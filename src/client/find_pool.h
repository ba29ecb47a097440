// Where the pool is: all worktrees of a repository, and all folders below it, find the same one.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/pool_folder.h"

namespace evener {

// The folder that this process is in; "" if it is gone.
std::string current_folder();

// `asked` is what the user named (a folder that holds `.evener`, or that folder itself); without
// it, the nearest `.evener` upward from `directory`, else the one that all worktrees of its
// repository share, through git's common directory. `directory` is a whole path, or "" where the
// current folder is gone. Fails with `pool_missing`, and with `folder_gone` where only a current
// folder could tell.
Result<PoolFolder> find_pool(const std::string& asked, const std::string& directory);

// Where `evener init` makes a pool: where `asked` says, in the same words; else as below. Fails
// with `folder_gone`.
Result<PoolFolder> place_for_pool(const std::string& asked, const std::string& directory);

// In the root of the main worktree; in the repository itself where it lies in no worktree, as a
// bare one and a submodule's do; in `directory`, a whole path, outside git.
PoolFolder place_for_pool(const std::string& directory);

}  // namespace evener
