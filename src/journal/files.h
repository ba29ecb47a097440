// The journal's files, as they are used past SQLite: its write-ahead log is looked at before SQLite
// opens it, and snapshots lie beside it. A seam: the simulator gives the files of a disk of its
// own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evener {

// A file that was opened to be read.
class OpenedFile {
 public:
  virtual ~OpenedFile() = default;

  // Fills `into` from `offset` on, and returns how much of it there was.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const = 0;
};

class DiskFiles {
 public:
  virtual ~DiskFiles() = default;

  // In bytes; nothing if there is no such file.
  virtual std::optional<std::uint64_t> size_of(const std::string& path) const = 0;

  // Null if there is no such file.
  virtual Result<std::unique_ptr<OpenedFile>> open(const std::string& path) const = 0;

  virtual Result<std::string> read(const std::string& path) const = 0;

  // The names in a folder, in any order; none if there is no such folder.
  virtual std::vector<std::string> names_in(const std::string& folder) const = 0;

  // As write_file_atomic (base/file.h), with sync; makes the folder, closed to others, if it is
  // missing.
  virtual Status replace(
      const std::string& folder, const std::string& name, std::span<const std::string_view> parts
  ) = 0;

  virtual Status remove(const std::string& path) = 0;

  // Writes the bytes of a file over themselves, and flushes it. After a flush that failed, what the
  // system shows of a file need not be on the disk, and no later flush of it alone puts it there.
  virtual Status write_again(const std::string& path) = 0;
};

// The machine's.
DiskFiles& system_files();

}  // namespace evener
