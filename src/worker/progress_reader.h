// What a command prints, read as progress: its last line, and a percentage where it gives one.
//   evener:progress 40 compiling        also   ::progress 40 compiling
// Printed lines are for terminals; here they lose their colours and control characters.
#pragma once

#include <string>
#include <string_view>

#include "model/evidence.h"

namespace evener {

// One line as a progress line may be: without escape sequences and control characters, at most
// limits::line_bytes long, what follows the last carriage return.
std::string plain_line(std::string_view line);

// The last `most` bytes of a text, from the beginning of a line, or at least of a character.
std::string tail_of(std::string_view text, std::size_t most);

class ProgressReader {
 public:
  // One line of output, as valid UTF-8.
  void read(std::string_view line);

  // The newest line that was not blank, and the newest percentage. `stage` is left empty.
  const Progress& progress() const { return progress_; }

 private:
  Progress progress_;
};

}  // namespace evener
