#include "worker/progress_reader.h"

#include <charconv>
#include <optional>

#include "model/limits.h"
#include "worker/output.h"

namespace evener {
namespace {

constexpr char escape = '\x1B';

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::size_t past(std::string_view text, std::size_t end, char first, char last) {
  while (end < text.size() && text[end] >= first && text[end] <= last) ++end;
  return end;
}

// The length of the escape sequence with which `text` begins, as ECMA-48 describes them: CSI ...
// final byte; a string, of OSC or DCS say, up to BEL or ESC \; or intermediate bytes and a final
// one. ESC alone where nothing of that follows: a character behind it must not be cut in two.
std::size_t escape_length(std::string_view text) {
  const char kind = text.size() < 2 ? '\0' : text[1];
  if (kind == '[') {
    const std::size_t end = past(text, 2, ' ', '?');
    return end < text.size() && text[end] >= '@' && text[end] <= '~' ? end + 1 : end;
  }
  if (std::string_view("]PX^_").contains(kind)) {
    const std::size_t end = text.find_first_of("\a\x1B", 2);
    if (end == std::string_view::npos) return text.size();
    if (text[end] == '\a') return end + 1;
    return text.substr(end).starts_with("\x1B\\") ? end + 2 : end;
  }
  const std::size_t end = past(text, 1, ' ', '/');
  return end < text.size() && text[end] >= '0' && text[end] <= '~' ? end + 1 : 1;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "40 compiling", "40% compiling", "40"
struct Announcement {
  std::int64_t percent = 0;
  std::string_view text;
};

std::optional<Announcement> read_announcement(std::string_view line) {
  bool announces = false;
  for (const std::string_view prefix : {"evener:progress ", "::progress "}) {
    if (!line.starts_with(prefix)) continue;
    line = trimmed(line.substr(prefix.size()));
    announces = true;
    break;
  }
  Announcement found;
  if (!announces) return std::nullopt;
  const char* const last = line.data() + line.size();
  const auto [end, problem] = std::from_chars(line.data(), last, found.percent);
  if (problem != std::errc{} || found.percent < 0 || found.percent > 100) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (line.starts_with('%')) line.remove_prefix(1);
  if (!line.empty() && line.front() != ' ') return std::nullopt;
  found.text = trimmed(line);
  return found;
}

}  // namespace

std::string plain_line(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (const std::size_t back = line.rfind('\r'); back != std::string_view::npos) {
    line.remove_prefix(back + 1);
  }
  std::string plain;
  while (!line.empty()) {
    if (line.front() == escape) {
      line.remove_prefix(escape_length(line));
      continue;
    }
    const auto byte = static_cast<unsigned char>(line.front());
    plain += byte < 0x20 || byte == 0x7F ? ' ' : line.front();
    line.remove_prefix(1);
  }
  // Of text that is not UTF-8 the pool would refuse the whole command, and with it the result.
  plain = valid_utf8(trimmed(plain));
  if (plain.size() <= limits::line_bytes) return plain;
  std::size_t end = limits::line_bytes;
  while (end > 0 && is_continuation(plain[end])) --end;
  plain.resize(end);
  return plain;
}

std::string tail_of(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::string_view tail = text.substr(text.size() - most);
  const std::size_t newline = tail.find('\n');
  const bool cuts_a_line = text[text.size() - most - 1] != '\n';
  if (cuts_a_line && newline != std::string_view::npos && newline + 1 < tail.size()) {
    tail.remove_prefix(newline + 1);
  }
  while (!tail.empty() && is_continuation(tail.front())) tail.remove_prefix(1);
  return std::string(tail);
}

void ProgressReader::read(std::string_view line) {
  std::string plain = plain_line(line);
  if (plain.empty()) return;
  if (const auto announcement = read_announcement(plain)) {
    progress_.percent = announcement->percent;
    if (!announcement->text.empty()) progress_.line = announcement->text;
    return;
  }
  progress_.line = std::move(plain);
}

}  // namespace evener
