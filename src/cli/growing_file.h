// A file to which others append while it is read: its bytes in order, each once. Whoever truncates
// it, writes it anew or puts another in its place begins it anew, and nothing of that is lost.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"

namespace evener {

class GrowingFile {
 public:
  explicit GrowingFile(std::string path) : path_(std::move(path)) {}

  struct Piece {
    std::string_view bytes = {};  // until the next read(); empty if nothing has come
    bool begins_anew = false;     // they stand at the beginning of a file that was read before
  };

  // At most 64 KiB. Fails with `file_missing` while there is none, and as the disk does.
  Result<Piece> read();

 private:
  Status open();
  Result<bool> is_changed() const;
  Result<bool> is_replaced() const;

  std::string path_;
  std::unique_ptr<FileDescriptor> file_;  // null before the first read()
  off_t at_ = 0;                          // how far it was read
  std::string before_;                    // what stood just before that
  std::string bytes_;
};

}  // namespace evener
