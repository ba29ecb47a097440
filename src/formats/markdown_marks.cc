#include "formats/markdown_marks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "formats/markdown_repair.h"
#include "formats/markdown_words.h"

namespace evener {
namespace {

struct Symbol {
  char32_t point;
  std::string_view word;  // "" for one that says nothing of a state
};

constexpr std::array<Symbol, 34> symbols = {{
    {U'\u2705', "done"},
    {U'\u2714', "done"},
    {U'\u2611', "done"},
    {U'\U0001F389', "done"},
    {U'\U0001F504', "in-progress"},
    {U'\U0001F527', "in-progress"},
    {U'\U0001F6A7', "in-progress"},
    {U'\u23F3', "in-progress"},
    {U'\U0001F3D7', "in-progress"},
    {U'\U0001F4CB', "pending"},
    {U'\u2B1C', "pending"},
    {U'\U0001F532', "pending"},
    {U'\u2610', "pending"},
    {U'\u26A0', "blocked"},
    {U'\U0001F6AB', "blocked"},
    {U'\u26D4', "blocked"},
    {U'\U0001F6D1', "blocked"},
    {U'\u274C', "blocked"},
    {U'\u23F8', "deferred"},
    {U'\U0001F440', "review"},
    {U'\U0001F5D1', "cancelled"},
    {U'\U0001F3AF', ""},
    {U'\U0001F4CA', ""},
    {U'\U0001F680', ""},
    {U'\U0001F4DD', ""},
    {U'\U0001F91D', ""},
    {U'\U0001F5C4', ""},
    {U'\U0001F31F', ""},
    {U'\U0001F4A1', ""},
    {U'\U0001F525', ""},
    {U'\U0001F41B', ""},
    {U'\U0001F50D', ""},
    {U'\U0001F4C1', ""},
    {U'\u26A1', ""},
}};

struct Phrase {
  std::string_view phrase;
  std::string_view word;
};

constexpr std::array<Phrase, 22> phrases = {{
    {"completed", "done"},
    {"complete", "done"},
    {"done", "done"},
    {"finished", "done"},
    {"in-progress", "in-progress"},
    {"in progress", "in-progress"},
    {"in_progress", "in-progress"},
    {"active", "in-progress"},
    {"wip", "in-progress"},
    {"ongoing", "in-progress"},
    {"started", "in-progress"},
    {"pending", "pending"},
    {"todo", "pending"},
    {"to do", "pending"},
    {"not started", "pending"},
    {"blocked", "blocked"},
    {"deferred", "deferred"},
    {"on hold", "deferred"},
    {"cancelled", "cancelled"},
    {"canceled", "cancelled"},
    {"review", "review"},
    {"in review", "review"},
}};

std::string_view word_of_phrase(std::string_view text) {
  const std::string lower = lower_case(text);
  for (const Phrase& row : phrases) {
    if (row.phrase == lower) return row.word;
  }
  return "";
}

// Pictures and dingbats that are no part of what is said.
bool is_picture(char32_t point) {
  return (point >= 0x2600 && point <= 0x27BF) || (point >= 0x1F000 && point <= 0x1FAFF) ||
         (point >= 0x2B00 && point <= 0x2BFF) || (point >= 0x23E9 && point <= 0x23FA) ||
         point == 0xFE0F || point == 0x200D;
}

// "Task 21.4" at the front: what stands behind it, or nothing.
std::optional<std::string_view> behind_task(std::string_view text, std::string& id) {
  for (const std::string_view word : {"task ", "subtask "}) {
    if (text.size() <= word.size() || lower_case(text.substr(0, word.size())) != word) continue;
    std::string_view rest = trimmed(text.substr(word.size()));
    if (rest.starts_with('#')) rest.remove_prefix(1);
    const std::string_view number = number_at(rest);
    const bool ends = number.size() == rest.size() || !is_letter(rest[number.size()]);
    if (number.empty() || !ends) return std::nullopt;
    id = number;
    return trimmed(rest.substr(number.size()));
  }
  return std::nullopt;
}

// Reads one line from the outside in: symbols, code, parentheses, bold, id.
class MarkReader {
 public:
  MarkReader(std::string_view line, char box) : rest_(line) { marked_.word = word_of_box(box); }

  MarkedText read() {
    take_symbols();
    take_code();
    take_parentheses();
    take_emphasis();
    take_label();
    take_priority();
    take_leading_id();
    take_needs_in_words();
    marked_.text = tidy(rest_);
    if (!marked_.label.empty()) marked_.value = tidy(marked_.value);
    return std::move(marked_);
  }

 private:
  static std::string tidy(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (is_space(c) && (out.empty() || out.back() == ' ')) continue;
      out += is_space(c) ? ' ' : c;
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == ':')) out.pop_back();
    return out;
  }

  void state(std::string_view word) {
    if (marked_.word.empty()) marked_.word = word;
  }

  void take_symbols() {
    std::string out;
    for (const char32_t point : code_points(rest_)) {
      if (!is_picture(point)) {
        append_utf8(out, point);
        continue;
      }
      for (const Symbol& symbol : symbols) {
        if (symbol.point == point) state(symbol.word);
      }
    }
    rest_ = trimmed(out);
  }

  void take_code() {
    std::size_t open = 0;
    while ((open = rest_.find('`', open)) != std::string::npos) {
      const std::size_t close = rest_.find('`', open + 1);
      if (close == std::string::npos) return;
      const std::string code = rest_.substr(open + 1, close - open - 1);
      if (looks_like_path(code)) marked_.paths.push_back(code);
      rest_ = rest_.substr(0, open) + code + rest_.substr(close + 1);
      open += code.size();
    }
  }

  void take_parentheses() {
    std::size_t at = 0;
    while ((at = rest_.find('(', at)) != std::string::npos) {
      const std::size_t close = rest_.find(')', at);
      if (close == std::string::npos) return;
      const std::string inside(trimmed(std::string_view(rest_).substr(at + 1, close - at - 1)));
      if (!understands(inside)) {
        if (!inside.empty()) marked_.remarks.push_back(inside);
        at = close;
        continue;
      }
      rest_ = std::string(trimmed(rest_.substr(0, at))) + " " + rest_.substr(close + 1);
    }
  }

  bool understands(std::string_view inside) {
    const std::string lower = lower_case(inside);
    if (const std::string_view word = word_of_phrase(inside); !word.empty()) {
      state(word);
      return true;
    }
    if (lower == "unassigned") return marked_.is_unassigned = true;
    if (const auto priority = priority_word(lower)) {
      marked_.priority = priority;
      return true;
    }
    if (take_needs(inside)) return true;
    std::string id;
    const auto behind = behind_task(inside, id);
    const bool is_dotted = is_task_number(inside) && inside.find('.') != std::string_view::npos;
    if ((behind && behind->empty()) || is_dotted) {
      if (marked_.id.empty()) marked_.id = is_dotted ? std::string(inside) : id;
      return true;
    }
    return false;
  }

  static std::optional<Priority> priority_word(std::string_view lower) {
    for (const std::string_view end : {" priority", "-priority"}) {
      if (lower.ends_with(end)) lower.remove_suffix(end.size());
    }
    if (lower == "urgent" || lower == "critical" || lower == "p0") return Priority::urgent;
    if (lower == "high" || lower == "p1") return Priority::high;
    if (lower == "medium" || lower == "normal" || lower == "p2") return Priority::normal;
    if (lower == "low" || lower == "p3") return Priority::low;
    return std::nullopt;
  }

  // "after Task 2", "depends on 2.1 and 2.2"
  bool take_needs(std::string_view text) {
    const std::string lower = lower_case(text);
    for (const std::string_view start :
         {"depends on ", "dependent on ", "after ", "blocked by ", "requires ", "needs "}) {
      if (!lower.starts_with(start)) continue;
      std::string list(text.substr(start.size()));
      if (is_digit(list.front())) list = "tasks " + list;
      const auto ids = ids_named(list);
      if (!ids.ok() || ids->empty()) return false;
      marked_.needs.insert(marked_.needs.end(), ids->begin(), ids->end());
      return true;
    }
    return false;
  }

  // The same without parentheses, at the end of what is said.
  void take_needs_in_words() {
    const std::string lower = lower_case(rest_);
    for (const std::string_view start :
         {"depends on ", "dependent on ", "blocked by ", "after task"}) {
      const std::size_t at = lower.find(start);
      if (at == std::string::npos || at == 0) continue;
      if (!take_needs(std::string_view(rest_).substr(at))) continue;
      std::string_view before = trimmed(std::string_view(rest_).substr(0, at));
      while (!before.empty() &&
             (before.back() == ',' || before.back() == '-' || before.back() == ';')) {
        before = trimmed(before.substr(0, before.size() - 1));
      }
      rest_ = std::string(before);
      return;
    }
  }

  // "**Label**: value" and "**Label:** value" become a label; other emphasis is dropped.
  void take_emphasis() {
    if (rest_.starts_with("**") || rest_.starts_with("__")) {
      const std::string mark = rest_.substr(0, 2);
      const std::size_t close = rest_.find(mark, 2);
      if (close != std::string::npos) {
        std::string bold(trimmed(rest_.substr(2, close - 2)));
        std::string behind(trimmed(rest_.substr(close + 2)));
        if (bold.ends_with(':')) {
          bold.pop_back();
          marked_.label = bold;
        } else if (behind.starts_with(':')) {
          behind = std::string(trimmed(behind.substr(1)));
          marked_.label = bold;
        }
        const std::string_view between = marked_.label.empty() ? " " : ": ";
        marked_.value = behind;
        rest_ = bold + std::string(between) + behind;
      }
    }
    for (const std::string_view mark : {"**", "__"}) drop(rest_, mark), drop(marked_.value, mark);
    if (rest_.size() > 2 && rest_.front() == '*' && rest_.back() == '*') {
      rest_ = rest_.substr(1, rest_.size() - 2);
    }
  }

  static void drop(std::string& text, std::string_view mark) {
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
      text.erase(at, mark.size());
    }
  }

  // A label without emphasis: few words before a colon.
  void take_label() {
    if (!marked_.label.empty()) return;
    const std::size_t colon = rest_.find(':');
    if (colon == std::string::npos || colon == 0 || colon > 48) return;
    if (colon + 1 < rest_.size() && rest_[colon + 1] != ' ') return;
    const std::string label = rest_.substr(0, colon);
    if (std::count(label.begin(), label.end(), ' ') > 3) return;
    marked_.label = label;
    marked_.value = std::string(trimmed(rest_.substr(colon + 1)));
  }

  void take_priority() {
    const auto of_label = priority_word(lower_case(marked_.label));
    if (of_label && !marked_.value.empty()) {
      marked_.priority = of_label;
      rest_ = std::exchange(marked_.value, "");
      marked_.label.clear();
      take_label();
    }
    if (!marked_.priority && rest_.find("URGENT") != std::string::npos) {
      marked_.priority = Priority::urgent;
    }
  }

  void take_leading_id() {
    std::string id;
    std::string_view title;
    if (const auto behind = behind_task(rest_, id)) {
      title = *behind;
    } else {
      const std::string_view number = number_at(rest_);
      if (number.find('.') == std::string_view::npos) return;
      const std::string_view behind_number = std::string_view(rest_).substr(number.size());
      if (!behind_number.empty() && !is_space(behind_number[0]) && behind_number[0] != ':') return;
      id = number;
      title = trimmed(behind_number);
    }
    while (!title.empty() && (title.front() == ':' || title.front() == '-' || title.front() == '.')
    ) {
      title = trimmed(title.substr(1));
    }
    marked_.id = id;
    marked_.id_leads = true;
    marked_.label.clear();
    marked_.value.clear();
    rest_ = std::string(title);
  }

  std::string rest_;
  MarkedText marked_;
};

}  // namespace

std::u32string_view plan_symbols() {
  static const std::u32string points = [] {
    std::u32string all;
    for (const Symbol& symbol : symbols) all += symbol.point;
    return all;
  }();
  return points;
}

MarkedText marked_text(std::string_view line, char box) {
  return MarkReader(line, box).read();
}

std::string_view word_of_box(char box) {
  switch (box) {
    case ' ':
      return "pending";
    case 'x':
    case 'X':
      return "done";
    case '/':
    case '~':
      return "in-progress";
    case '-':
      return "cancelled";
    case '!':
      return "blocked";
    case '>':
      return "deferred";
    default:
      return "";
  }
}

std::string_view word_of_heading(std::string_view heading) {
  for (const Phrase& row : phrases) {
    if (row.phrase != "done" && row.phrase != "review" && has_word(heading, row.phrase)) {
      return row.word;
    }
  }
  return "";
}

std::optional<Priority> priority_of_heading(std::string_view heading) {
  const std::string lower = lower_case(heading);
  if (has_word(heading, "urgent") || lower.find("critical priority") != std::string::npos) {
    return Priority::urgent;
  }
  if (lower.find("high-priority") != std::string::npos ||
      lower.find("high priority") != std::string::npos) {
    return Priority::high;
  }
  if (lower.find("low-priority") != std::string::npos ||
      lower.find("low priority") != std::string::npos) {
    return Priority::low;
  }
  return std::nullopt;
}

bool looks_like_path(std::string_view text) {
  if (text.empty() || text.size() > limits::line_bytes) return false;
  if (text.find_first_of(" \t()<>|$=") != std::string_view::npos) return false;
  if (text.find("://") != std::string_view::npos) return false;
  if (text.find('/') != std::string_view::npos) return true;
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || text.size() - dot > 6) return false;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(dot) + 1, text.end(), is_letter);
}

}  // namespace evener
