// Whole files and folders: read at once, replaced at once. Errors name the path and say what the
// system said.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace evener {

class FileDescriptor {  // Invariant: owns an open descriptor, or none (-1).
 public:
  explicit FileDescriptor(int number) : number_(number) {}

  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  int number() const { return number_; }

  // What close(2) answers: here a network file system may first tell that a write failed.
  int close();

 private:
  int number_;
};

// What a failed system call becomes. Codes: `disk_full` (no space, over quota), `read_only` (no
// permission, read-only file system), `file_missing` (no such file), else `io_error`. `action`
// reads after "cannot": "write", "create the folder".
Error system_error(int error_number, std::string_view action, const std::string& path);

Result<std::string> read_file(const std::string& path);

// Replaces `path` so that, whatever happens, it holds either all of its old bytes or all of the
// new ones. `mode` is set exactly, whatever the umask. With `sync` the new bytes are on the disk
// when this returns; without, only their order of appearance is kept.
Status write_file_atomic(
    const std::string& path, std::string_view bytes, mode_t mode, bool sync = true
);

// The same for bytes that lie in several places: the file holds the parts one after another.
Status write_file_atomic(
    const std::string& path, std::span<const std::string_view> parts, mode_t mode, bool sync = true
);

// Makes the folder, and those above it, where they are missing. `mode` is set exactly on the ones
// it makes; one that is there already is left as it is.
Status ensure_directory(const std::string& path, mode_t mode);

// Makes the names in a folder durable: which files are there, not what they hold.
Status sync_directory(const std::string& path);

}  // namespace evener
