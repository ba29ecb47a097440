// Files that other tools read, kept true beside the pool: the framework's dashboard and its folder
// of claims. Without a server after every call that wrote; with one, at most twice a second.
#pragma once

#include "client/file_client.h"
#include "engine/pool_folder.h"

namespace evener {

// Does what the folder's configuration says; nothing if it says nothing.
FileClient::AfterWrite keep_files(const PoolFolder& folder);

// Writes both files, as far as they are named.
Status write_kept_files(const FolderConfig& config, const Pool& pool);

}  // namespace evener
