#include "core/path_glob.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace evener {
namespace {

using Part = PathGlob::Part;
using Step = Part::Step;
using Ranges = std::vector<std::pair<char32_t, char32_t>>;

constexpr char32_t last_code_point = 0x10FFFF;
constexpr std::string_view expected = "expected a glob such as src/auth/** or docs/*.md";

Error bad_glob(std::string_view text, std::string_view what) {
  return {"bad_value", fmt::format("'{}': {}; {}", text, what, expected)};
}

// The next character as a code point. What is no UTF-8 counts byte by byte, beyond all code points,
// so that it matches only itself.
char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  char32_t value = size == 1 ? first : first & (0xFFU >> (size + 1));
  bool is_sound = first < 0x80 || (first >= 0xC0 && first < 0xF8 && text.size() >= size);
  for (std::size_t i = 1; i < size && is_sound; ++i) {
    is_sound = (byte(i) & 0xC0U) == 0x80U;
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  text.remove_prefix(is_sound ? size : 1);
  return is_sound ? value : last_code_point + 1 + first;
}

bool intersect(const Ranges& a, const Ranges& b) {
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i].second < b[j].first) {
      ++i;
    } else if (b[j].second < a[i].first) {
      ++j;
    } else {
      return true;
    }
  }
  return false;
}

// Every character that is in none of the ranges; a part of a path has no slash anyway.
Ranges all_but(const Ranges& ranges) {
  Ranges out;
  char32_t next = 1;
  for (const auto& [from, to] : ranges) {
    if (from > next) out.emplace_back(next, from - 1);
    next = std::max<char32_t>(next, to + 1);
  }
  if (next <= last_code_point) out.emplace_back(next, last_code_point);
  return out;
}

const Ranges& any_character() {
  static const Ranges ranges = all_but({{U'/', U'/'}});
  return ranges;
}

// Reads "a-c]" behind the bracket; takes it off `rest`.
Result<Ranges> read_class(std::string_view& rest, std::string_view whole) {
  Ranges ranges;
  const bool is_negated = !rest.empty() && (rest.front() == '!' || rest.front() == '^');
  if (is_negated) rest.remove_prefix(1);
  for (bool is_first = true;; is_first = false) {
    if (rest.empty()) return bad_glob(whole, "a '[' without its ']'");
    if (rest.front() == ']' && !is_first) break;
    const char32_t from = take_character(rest);
    char32_t to = from;
    if (rest.size() >= 2 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      to = take_character(rest);
    }
    if (to < from) return bad_glob(whole, "a range that ends before it begins");
    ranges.emplace_back(from, to);
  }
  rest.remove_prefix(1);
  std::sort(ranges.begin(), ranges.end());
  if (is_negated) {
    ranges.emplace_back(U'/', U'/');
    std::sort(ranges.begin(), ranges.end());
    return all_but(ranges);
  }
  Ranges merged;
  for (const auto& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().second) {
      merged.back().second = std::max(merged.back().second, range.second);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

std::vector<Step> steps_of(std::string_view literal) {
  std::vector<Step> steps;
  while (!literal.empty()) {
    const char32_t character = take_character(literal);
    steps.push_back({false, {{character, character}}});
  }
  return steps;
}

Result<Part> read_part(std::string_view text, std::string_view whole, bool with_wildcards) {
  Part part;
  part.text = text;
  if (!with_wildcards || text.find_first_of("*?[") == std::string_view::npos) return part;
  part.is_plain = false;
  part.any_depth = text == "**";
  std::string_view rest = text;
  while (!rest.empty()) {
    if (rest.front() == '*') {
      rest.remove_prefix(1);
      if (part.steps.empty() || !part.steps.back().is_star) part.steps.push_back({true, {}});
    } else if (rest.front() == '?') {
      rest.remove_prefix(1);
      part.steps.push_back({false, any_character()});
    } else if (rest.front() == '[') {
      rest.remove_prefix(1);
      part.steps.push_back({false, TRY(read_class(rest, whole))});
    } else {
      const char32_t character = take_character(rest);
      part.steps.push_back({false, {{character, character}}});
    }
  }
  return part;
}

// Whether two sequences in which some items are stars have a common word: the cells of a table,
// each "so much of a and so much of b can be walked side by side", row by row.
template <typename Item, typename IsStar, typename Meet>
bool have_common_word(
    std::span<const Item> a, std::span<const Item> b, const IsStar& is_star, const Meet& meet
) {
  std::vector<char> row(b.size() + 1, 0);
  std::vector<char> next(b.size() + 1, 0);
  row[0] = 1;
  for (std::size_t i = 0; i <= a.size(); ++i) {
    std::fill(next.begin(), next.end(), 0);
    const bool a_is_star = i < a.size() && is_star(a[i]);
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (row[j] == 0) continue;
      const bool b_is_star = j < b.size() && is_star(b[j]);
      if (a_is_star) {
        next[j] = 1;                       // it stands for nothing more
        if (j < b.size()) row[j + 1] = 1;  // or for this of b too
      }
      if (b_is_star) {
        row[j + 1] = 1;
        if (i < a.size()) next[j] = 1;
      }
      if (i < a.size() && j < b.size() && !a_is_star && !b_is_star && meet(a[i], b[j])) {
        next[j + 1] = 1;
      }
    }
    if (i == a.size()) return row[b.size()] != 0;
    row.swap(next);
  }
  return false;
}

bool parts_overlap(const Part& a, const Part& b) {
  if (a.is_plain && b.is_plain) return a.text == b.text;
  const auto is_star = [](const Step& step) { return step.is_star; };
  const auto meet = [](const Step& x, const Step& y) { return intersect(x.ranges, y.ranges); };
  const std::vector<Step> plain = steps_of(a.is_plain ? a.text : b.is_plain ? b.text : "");
  const std::vector<Step>& of_a = a.is_plain ? plain : a.steps;
  const std::vector<Step>& of_b = b.is_plain ? plain : b.steps;
  return have_common_word(std::span(of_a), std::span(of_b), is_star, meet);
}

}  // namespace

Result<PathGlob> PathGlob::read(std::string_view text, bool with_wildcards) {
  PathGlob glob;
  if (text.empty()) return bad_glob(text, "an empty path");
  if (text.find('\\') != std::string_view::npos) return bad_glob(text, "parts are divided by '/'");
  glob.is_absolute_ = text.front() == '/';
  const bool is_folder = text.back() == '/' || text == "." || text.ends_with("/.");
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return bad_glob(text, "'..' leads out of what is known");
    Part read_one = TRY(read_part(part, text, with_wildcards));
    const bool repeats = read_one.any_depth && !glob.parts_.empty() && glob.parts_.back().any_depth;
    if (!repeats) glob.parts_.push_back(std::move(read_one));
  }
  if (is_folder && (glob.parts_.empty() || !glob.parts_.back().any_depth)) {
    glob.parts_.push_back(TRY(read_part("**", text, true)));
  }
  glob.finish();
  return glob;
}

void PathGlob::finish() {
  for (const Part& part : parts_) {
    if (is_absolute_ || !text_.empty()) text_ += '/';
    text_ += part.text;
  }
  while (plain_parts_ < parts_.size() && parts_[plain_parts_].is_plain) ++plain_parts_;
}

Result<PathGlob> PathGlob::parse(std::string_view text) {
  return read(text, true);
}

Result<PathGlob> PathGlob::exactly(std::string_view path) {
  return read(path, false);
}

bool overlap(const PathGlob& a, const PathGlob& b) {
  if (a.is_absolute() != b.is_absolute()) return false;
  // What is plain at the start of both is most of it, and cheap.
  const std::size_t plain = std::min(a.plain_parts(), b.plain_parts());
  for (std::size_t i = 0; i < plain; ++i) {
    if (a.parts()[i].text != b.parts()[i].text) return false;
  }
  if (a.is_plain() && b.is_plain()) return a.parts().size() == b.parts().size();
  const std::span<const Part> rest_of_a = std::span<const Part>(a.parts()).subspan(plain);
  const std::span<const Part> rest_of_b = std::span<const Part>(b.parts()).subspan(plain);
  const auto is_star = [](const Part& part) { return part.any_depth; };
  return have_common_word(rest_of_a, rest_of_b, is_star, parts_overlap);
}

bool matches(const PathGlob& glob, std::string_view path) {
  const Result<PathGlob> exact = PathGlob::exactly(path);
  return exact.ok() && overlap(glob, *exact);
}

}  // namespace evener
