// The output of a running command as a file that people may look into while it runs (`tail -f`).
// It is a convenience: when it cannot be written, the work goes on without it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"
#include "worker/descriptor.h"

namespace evener {

inline constexpr mode_t private_file = 0600;  // nobody else reads what a worker keeps

class OutputFile {  // Invariant: never longer than about `most` bytes.
 public:
  // Replaces what is there. Open to this user alone.
  OutputFile(std::string path, std::size_t most);

  const std::string& path() const { return path_; }

  // Adds a line, which stands in the file after the next flush(), or once many wait for one. When
  // the file is full, it begins anew and says so.
  void append(std::string_view line);

  // Writes what was added, in one go: a command that prints much must not wait for each line.
  void flush();

  // The command is over: the file holds `text` from now on.
  Status replace(std::string_view text);

  void remove();

 private:
  void write(std::string_view bytes);

  std::string path_;
  std::size_t most_;
  Descriptor file_;
  std::string pending_;   // lines that are yet to be written
  std::size_t size_ = 0;  // of the file, and of what is pending
  bool is_full_ = false;  // what stands in the file goes before what is pending is written
};

}  // namespace evener
