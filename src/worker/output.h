// What a command printed, bounded: the first and the last bytes are kept, what lies between is
// counted and dropped. The beginning shows what was run and the end shows why it failed; a command
// that prints for hours must not fill the runner's memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/redaction.h"

namespace evener {

struct OutputLimits {
  std::size_t head = std::size_t{256} * 1024;  // bytes kept from the beginning
  std::size_t tail = std::size_t{256} * 1024;  // bytes kept from the end
  std::size_t line = std::size_t{4} * 1024;    // bytes of one line that a listener is given
};

// Receives one line without its newline, as valid UTF-8. It is called inside `append`, once for
// every line, so whoever shows lines live must thin them out.
using LineListener = std::function<void(std::string_view)>;

// The text with every NUL, and every byte sequence that is not UTF-8, replaced by U+FFFD: one for
// each maximal prefix of a character, as the Unicode standard (section 3.9) recommends.
std::string valid_utf8(std::string_view bytes);

class OutputCapture {  // Invariant: holds at most head + 2 * tail + line bytes.
 public:
  // With `redaction`, what it looks for is taken out before anything is kept or handed out.
  explicit OutputCapture(
      OutputLimits limits = {},
      LineListener on_line = nullptr,
      std::shared_ptr<const Redaction> redaction = nullptr
  );

  void append(std::string_view bytes);

  // No more will come: a last line without a newline goes to the listener.
  void close();

  // Bytes that came.
  std::uint64_t total() const { return came_; }

  // Bytes between the kept beginning and the kept end. No character is cut in two: the pieces of
  // one that lies across a cut count as left out.
  std::uint64_t left_out() const;

  // Everything that was kept, as valid UTF-8, with a line that says how much is missing. Up to
  // three times as long as the bytes kept, if they are binary.
  std::string text() const;

  // The newest lines, oldest first, at most `count`, as valid UTF-8 and without newlines. An
  // unfinished last line counts.
  std::vector<std::string> last_lines(std::size_t count) const;

  // Memory in use for output, in bytes.
  std::size_t held() const { return head_.size() + tail_.size() + line_.size(); }

 private:
  bool complete() const { return total_ - head_.size() <= limits_.tail; }

  void keep(std::string_view bytes);
  std::string_view shown_head() const;
  std::string_view shown_tail() const;
  void hand_out_lines(std::string_view bytes);
  void hand_out_line();

  OutputLimits limits_;
  LineListener on_line_;
  std::optional<Redactor> redactor_;
  std::uint64_t came_ = 0;
  std::uint64_t total_ = 0;  // behind the redactor
  std::string head_;
  std::string tail_;  // trimmed to `limits_.tail` whenever it would exceed twice that
  std::string line_;  // of the unfinished line, what the listener will get
};

}  // namespace evener
