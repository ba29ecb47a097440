#include "formats/markdown_lines.h"

#include <algorithm>

#include "base/text.h"
#include "formats/markdown_repair.h"
#include "formats/markdown_words.h"

namespace evener {
namespace {

// Three or more of one of these characters, and nothing else.
bool is_rule(std::string_view text) {
  const char mark = text.front();
  if (mark != '-' && mark != '*' && mark != '_' && mark != '=') return false;
  return std::count(text.begin(), text.end(), mark) >= 3 &&
         text.find_first_not_of(std::string{mark, ' '}) == std::string_view::npos;
}

// How many characters a list's marker and the space behind it take; 0 if it is none.
std::size_t marker_size(std::string_view text, bool& is_ordered) {
  std::size_t size = 0;
  is_ordered = false;
  if (text.front() == '-' || text.front() == '*' || text.front() == '+') {
    size = 1;
  } else if (text.starts_with("\xE2\x80\xA2")) {  // a bullet
    size = 3;
  } else {
    while (size < text.size() && is_digit(text[size])) ++size;
    if (size == 0 || size > 9 || size == text.size()) return 0;
    if (text[size] != '.' && text[size] != ')') return 0;
    ++size;
    is_ordered = true;
  }
  if (size < text.size() && text[size] != ' ' && text[size] != '\t') return 0;
  return std::min(text.find_first_not_of(" \t", size), text.size());
}

std::string one_line(std::string_view text) {
  std::string out(trimmed(text));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return out;
}

class LineReader {
 public:
  explicit LineReader(std::u32string_view known) : known_(known) {}

  void add(std::string_view raw, std::int64_t number) {
    const std::string_view bare = trimmed(raw);
    if (!fence_.empty()) {
      if (bare.starts_with(fence_) && bare.find_first_not_of(fence_[0]) == std::string_view::npos) {
        fence_.clear();
      }
      return;
    }
    if (in_comment_ || bare.starts_with("<!--")) {
      in_comment_ = bare.find("-->") == std::string_view::npos;
      return;
    }
    if (bare.starts_with("```") || bare.starts_with("~~~")) {
      fence_ = bare.substr(0, std::min(bare.find_first_not_of(bare[0]), bare.size()));
      return;
    }
    if (bare.empty()) return;
    add_line(raw, bare, number);
  }

  std::vector<MarkdownLine> lines;

 private:
  void add_line(std::string_view raw, std::string_view bare, std::int64_t number) {
    MarkdownLine line{.number = number};
    for (const char c : raw.substr(0, raw.find(bare.front()))) line.indent += c == '\t' ? 4 : 1;
    while (bare.starts_with("> ")) bare = trimmed(bare.substr(2));
    if (bare.empty()) return;
    const std::size_t hashes = std::min(bare.find_first_not_of('#'), bare.size());
    if (is_rule(bare)) {
      line.kind = LineKind::rule;
    } else if (hashes >= 1 && hashes <= 6 && hashes < bare.size() && bare[hashes] == ' ') {
      line.kind = LineKind::heading;
      line.level = hashes;
      bare = trimmed(bare.substr(hashes));
      while (bare.ends_with('#')) bare.remove_suffix(1);
    } else if (const std::size_t marker = marker_size(bare, line.is_ordered); marker > 0) {
      line.kind = LineKind::item;
      bare.remove_prefix(marker);
      const bool is_box = bare.size() >= 3 && bare[0] == '[' && bare[2] == ']' &&
                          (bare.size() == 3 || bare[3] == ' ');
      if (is_box) {
        line.box = bare[1];
        bare.remove_prefix(3);
      }
    }
    line.text = repaired(one_line(bare), known_);
    const bool says_something = !line.text.empty() || line.kind == LineKind::rule;
    if (says_something) lines.push_back(std::move(line));
  }

  std::u32string_view known_;
  std::string fence_;
  bool in_comment_ = false;
};

}  // namespace

std::vector<MarkdownLine> markdown_lines(std::string_view text, std::u32string_view known) {
  LineReader reader(known);
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    reader.add(line, ++number);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::move(reader.lines);
}

}  // namespace evener
