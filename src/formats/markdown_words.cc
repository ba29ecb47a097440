#include "formats/markdown_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace evener {
namespace {

// A list of ids as people write it: "5, 11-20 and 22", "2.1 to 2.7".
class IdList {
 public:
  explicit IdList(std::string_view text) : rest_(text) {}

  Status read(std::vector<std::string>& ids) {
    skip_words({"from", "#"});
    for (;;) {
      const std::string_view first = number_at(rest_);
      if (first.empty()) return Done{};
      rest_.remove_prefix(first.size());
      if (skip_range()) {
        const std::string_view last = number_at(rest_);
        if (last.empty()) return Done{};
        rest_.remove_prefix(last.size());
        TRY(expand(first, last, ids));
      } else {
        ids.emplace_back(first);
      }
      if (!skip_words({",", "and", "&", "task", "#"})) return Done{};
    }
  }

 private:
  bool skip_words(std::initializer_list<std::string_view> words) {
    bool skipped = false;
    for (bool again = true; again;) {
      again = false;
      std::string_view at = trimmed(rest_);
      for (const std::string_view word : words) {
        if (lower_case(at.substr(0, word.size())) != word) continue;
        at.remove_prefix(word.size());
        const bool ends = at.empty() || !is_letter(word.back()) || is_space(at.front());
        if (!ends) continue;
        rest_ = trimmed(at);
        skipped = again = true;
        break;
      }
    }
    return skipped;
  }

  bool skip_range() {
    const std::string_view at = trimmed(rest_);
    for (const std::string_view word :
         {"-", "\xE2\x80\x93", "\xE2\x80\x94", "..", "to ", "through "}) {
      if (!at.starts_with(word)) continue;
      const std::string_view behind = trimmed(at.substr(word.size()));
      if (behind.empty() || !is_digit(behind.front())) continue;
      rest_ = behind;
      return true;
    }
    return false;
  }

  static Status expand(
      std::string_view first, std::string_view last, std::vector<std::string>& ids
  ) {
    constexpr long most = 1000;
    const std::size_t dot = first.rfind('.');
    const std::string prefix(dot == std::string_view::npos ? "" : first.substr(0, dot + 1));
    std::string_view from = first.substr(prefix.size());
    if (last.starts_with(prefix)) last.remove_prefix(prefix.size());
    if (from.size() > 9 || last.size() > 9 || last.find('.') != std::string_view::npos) {
      return Error{"bad_value", fmt::format("{} to {} is no range of tasks", first, last)};
    }
    const long low = std::stol(std::string(from));
    const long high = std::stol(std::string(last));
    if (high < low) {
      return Error{"bad_value", fmt::format("{} to {} counts backward", first, last)};
    }
    if (high - low >= most) {
      return Error{"too_many", fmt::format("{} to {} names more than {} tasks", first, last, most)};
    }
    for (long i = low; i <= high; ++i) ids.push_back(prefix + std::to_string(i));
    return Done{};
  }

  std::string_view rest_;
};

}  // namespace

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view number_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    std::size_t digits = end;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits == end) break;
    end = digits;
    const bool goes_on = end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]);
    if (!goes_on) return text.substr(0, end);
    ++end;
  }
  return "";
}

Result<std::vector<std::string>> ids_named(std::string_view text) {
  std::vector<std::string> ids;
  const std::string lower = lower_case(text);
  for (std::size_t at = 0; (at = lower.find("task", at)) != std::string::npos;) {
    at += 4;
    if (at < lower.size() && lower[at] == 's') ++at;
    if (at < text.size() && is_space(text[at])) {
      TRY(IdList(trimmed(text.substr(at))).read(ids));
    }
  }
  std::vector<std::string> once;
  for (std::string& id : ids) {
    if (std::find(once.begin(), once.end(), id) == once.end()) once.push_back(std::move(id));
  }
  return once;
}

bool is_task_number(std::string_view text) {
  return !text.empty() && number_at(text).size() == text.size();
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string without(std::string text, std::string_view part) {
  const std::size_t at = text.find(part);
  if (at == std::string::npos) return text;
  std::string before(trimmed(text.substr(0, at)));
  const std::string behind = text.substr(at + part.size());
  return before + behind;
}

bool has_word(std::string_view text, std::string_view word) {
  const std::string lower = lower_case(text);
  for (std::size_t at = 0; (at = lower.find(word, at)) != std::string::npos; ++at) {
    const bool starts = at == 0 || !is_letter(lower[at - 1]);
    const std::size_t end = at + word.size();
    if (starts && (end == lower.size() || !is_letter(lower[end]))) return true;
  }
  return false;
}

}  // namespace evener
