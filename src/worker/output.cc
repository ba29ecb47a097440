#include "worker/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace evener {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

bool is_continuation(unsigned char byte) {
  return (byte & 0xC0U) == 0x80U;
}

struct Lead {
  std::size_t length;         // of the whole character, in bytes; 0: no character begins so
  unsigned char second_from;  // the range of its second byte, which is narrower than 80..BF where
  unsigned char second_to;    // overlong forms, surrogates and values above 10FFFF are excluded
};

// Table 3-7 of the Unicode standard: well-formed UTF-8 byte sequences.
Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

struct Piece {
  std::size_t length;  // bytes, at least 1
  bool valid;          // else these bytes become one U+FFFD
};

// The character, or the part of one, with which `bytes` (not empty) begins.
Piece first_piece(std::string_view bytes) {
  const Lead lead = lead_of(byte_at(bytes, 0));
  if (lead.length == 0) return {1, false};
  std::size_t length = 1;
  while (length < lead.length && length < bytes.size()) {
    const unsigned char byte = byte_at(bytes, length);
    const bool fits =
        length == 1 ? byte >= lead.second_from && byte <= lead.second_to : is_continuation(byte);
    if (!fits) return {length, false};
    ++length;
  }
  return {length, length == lead.length};
}

// How many bytes at the end of `bytes` begin a character that they do not finish.
std::size_t unfinished_end(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const std::size_t at = bytes.size() - back;
    if (is_continuation(byte_at(bytes, at))) continue;
    return lead_of(byte_at(bytes, at)).length > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Piece piece = first_piece(bytes);
    if (piece.valid && bytes[0] != '\0') {
      text.append(bytes.substr(0, piece.length));
    } else {
      text.append(replacement);
    }
    bytes.remove_prefix(piece.length);
  }
  return text;
}

OutputCapture::OutputCapture(
    OutputLimits limits, LineListener on_line, std::shared_ptr<const Redaction> redaction
)
    : limits_(limits), on_line_(std::move(on_line)) {
  if (redaction != nullptr) redactor_.emplace(std::move(redaction));
}

void OutputCapture::append(std::string_view bytes) {
  came_ += bytes.size();
  if (redactor_) return keep(redactor_->take(bytes));
  keep(bytes);
}

void OutputCapture::keep(std::string_view bytes) {
  total_ += bytes.size();
  if (on_line_) hand_out_lines(bytes);

  const std::size_t to_head = std::min(bytes.size(), limits_.head - head_.size());
  head_.append(bytes.substr(0, to_head));
  bytes.remove_prefix(to_head);

  if (bytes.size() > limits_.tail) bytes.remove_prefix(bytes.size() - limits_.tail);
  if (tail_.size() + bytes.size() > 2 * limits_.tail) {
    tail_.erase(0, tail_.size() + bytes.size() - limits_.tail);
  }
  tail_.append(bytes);
}

void OutputCapture::close() {
  if (redactor_) keep(redactor_->finish());
  if (!line_.empty()) hand_out_line();
}

void OutputCapture::hand_out_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    line_.append(part.substr(0, limits_.line - line_.size()));
    if (end == std::string_view::npos) return;
    hand_out_line();
    bytes.remove_prefix(end + 1);
  }
}

void OutputCapture::hand_out_line() {
  std::string_view line = line_;
  if (line.size() == limits_.line) line.remove_suffix(unfinished_end(line));
  on_line_(valid_utf8(line));
  line_.clear();
}

std::string_view OutputCapture::shown_head() const {
  std::string_view head = head_;
  if (!complete()) head.remove_suffix(unfinished_end(head));
  return head;
}

std::string_view OutputCapture::shown_tail() const {
  std::string_view tail = tail_;
  if (complete()) return tail;
  tail.remove_prefix(tail.size() - limits_.tail);
  for (int cut = 0; cut < 3 && !tail.empty() && is_continuation(byte_at(tail, 0)); ++cut) {
    tail.remove_prefix(1);
  }
  return tail;
}

std::uint64_t OutputCapture::left_out() const {
  return total_ - shown_head().size() - shown_tail().size();
}

std::string OutputCapture::text() const {
  if (complete()) return valid_utf8(head_ + tail_);
  return fmt::format(
      "{}\n[... {} bytes left out ...]\n{}",
      valid_utf8(shown_head()),
      left_out(),
      valid_utf8(shown_tail())
  );
}

std::vector<std::string> OutputCapture::last_lines(std::size_t count) const {
  const std::string kept = complete() ? head_ + tail_ : std::string(shown_tail());
  std::string_view rest = kept;
  if (rest.ends_with('\n')) rest.remove_suffix(1);

  std::vector<std::string> lines;
  bool more = !kept.empty();
  while (more && lines.size() < count) {
    const std::size_t newline = rest.rfind('\n');
    more = newline != std::string_view::npos;
    lines.push_back(valid_utf8(more ? rest.substr(newline + 1) : rest));
    rest = rest.substr(0, more ? newline : 0);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

}  // namespace evener
