#include "views/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace evener {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The character that `text` begins with; nothing if its bytes are no UTF-8.
std::optional<CodePoint> first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return CodePoint{lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return std::nullopt;
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return std::nullopt;
    value = (value << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least[length] || value > 0x10FFFF || surrogate) return std::nullopt;
  return CodePoint{value, length};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t value) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

// Controls, direction marks and overrides, invisible separators, tags.
constexpr std::array<Range, 9> hostile{{
    {0x00, 0x1F},
    {0x7F, 0x9F},
    {0x061C, 0x061C},
    {0x200B, 0x200B},
    {0x200E, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0xFEFF, 0xFEFF},
    {0xE0000, 0xE0FFF},
}};

constexpr std::array<Range, 7> combining{{
    {0x0300, 0x036F},
    {0x0483, 0x0489},
    {0x0591, 0x05BD},
    {0x064B, 0x065F},
    {0x200C, 0x200D},
    {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F},
}};

constexpr std::array<Range, 11> wide{{
    {0x1100, 0x115F},
    {0x2E80, 0x303E},
    {0x3041, 0x33FF},
    {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0x1F300, 0x1FAFF},
}};

int width_of(char32_t value) {
  if (is_in(combining, value)) return 0;
  return is_in(wide, value) || (value >= 0x20000 && value <= 0x3FFFD) ? 2 : 1;
}

std::string made_safe(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    const std::optional<CodePoint> found = first_of(text);
    if (c == '\n') {
      out += keep_lines ? '\n' : ' ';
    } else if (c == '\t') {
      out += ' ';
    } else if (c == '\r' && text.size() > 1 && text[1] == '\n') {
      // the line break follows
    } else if (!found || (found->value < 0x100 && is_in(hostile, found->value))) {
      const auto shown = found ? found->value : static_cast<unsigned char>(c);
      out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(shown));
    } else if (is_in(hostile, found->value)) {
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(found->value));
    } else {
      out += text.substr(0, found->bytes);
    }
    text.remove_prefix(found ? found->bytes : 1);
  }
  return out;
}

// How many bytes of `text` fit into `columns`, and how many columns they take.
struct Cut {
  std::size_t bytes = 0;
  int columns = 0;
};

Cut cut(std::string_view text, int columns) {
  Cut out;
  while (out.bytes < text.size()) {
    const auto next = first_of(text.substr(out.bytes)).value_or(CodePoint{U'?', 1});
    const int width = width_of(next.value);
    if (out.columns + width > columns) break;
    out.bytes += next.bytes;
    out.columns += width;
  }
  return out;
}

constexpr int gap = 2;        // between the columns of a table
constexpr int narrowest = 8;  // to which a column shrinks
constexpr int unbounded = 1 << 28;

// Narrows columns until the table fits, those that give way first.
void shrink(const std::vector<Table::Column>& columns, std::vector<int>& widths, int room) {
  int total = 0;
  for (const int width : widths) total += width + gap;
  total -= gap;
  for (const bool willing : {true, false}) {
    while (total > room) {
      std::size_t widest = widths.size();
      for (std::size_t i = 0; i < widths.size(); ++i) {
        if (columns[i].shrinks != willing || widths[i] <= narrowest) continue;
        if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
      }
      if (widest == widths.size()) break;
      --widths[widest];
      --total;
    }
  }
}

}  // namespace

std::string safe_line(std::string_view text) {
  return made_safe(text, false);
}

std::string safe_text(std::string_view text) {
  return made_safe(text, true);
}

int columns_of(std::string_view text) {
  return cut(text, unbounded).columns;
}

std::string fit(std::string_view text, int columns) {
  if (columns <= 0 || columns_of(text) <= columns) return std::string(text);
  return std::string(text.substr(0, cut(text, columns - 1).bytes)) + "…";
}

std::string pad(std::string_view text, int columns, bool right) {
  std::string out = fit(text, columns);
  const std::string fill(static_cast<std::size_t>(std::max(0, columns - columns_of(out))), ' ');
  return right ? fill + out : out + fill;
}

std::string paint(const Style& style, Colour colour, std::string_view text) {
  constexpr std::array<std::string_view, 8> codes{"", "1", "2", "31", "32", "33", "34", "36"};
  if (!style.colour || colour == Colour::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(colour)], text);
}

std::string wrapped(std::string_view text, int indent, const Style& style) {
  const std::string safe = safe_text(text);
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  const int room = style.width <= 0 ? unbounded : std::max(narrowest, style.width - indent);
  std::string out;
  std::string_view rest = safe;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    std::string_view left = line;
    do {
      std::size_t bytes = std::max<std::size_t>(cut(left, room).bytes, left.empty() ? 0 : 1);
      if (bytes < left.size()) {
        const std::size_t space = left.rfind(' ', bytes);
        if (space != std::string_view::npos && space > 0) bytes = space;
      }
      out += margin;
      out += left.substr(0, bytes);
      out += '\n';
      left.remove_prefix(bytes);
      if (left.starts_with(' ')) left.remove_prefix(1);
    } while (!left.empty());
  }
  return out;
}

std::string Table::text(const Style& style, int indent) const {
  std::vector<Column> used;
  std::vector<std::vector<Cell>> safe(rows.size());
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_empty =
        std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row[i].text.empty(); });
    if (is_empty && !rows.empty()) continue;
    used.push_back(columns[i]);
    widths.push_back(columns_of(columns[i].title));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      safe[r].push_back({safe_line(rows[r][i].text), rows[r][i].colour});
      widths.back() = std::max(widths.back(), columns_of(safe[r].back().text));
    }
  }
  if (style.width > 0) shrink(used, widths, style.width - indent);

  const auto line_of = [&](const std::vector<Cell>& cells) {
    std::string line(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += std::string(gap, ' ');
      const bool is_last = i + 1 == cells.size() && !used[i].right;
      const std::string& text = cells[i].text;
      const std::string cell = is_last ? fit(text, widths[i]) : pad(text, widths[i], used[i].right);
      line += paint(style, cells[i].colour, cell);
    }
    while (line.ends_with(' ')) line.pop_back();
    return line + '\n';
  };
  std::vector<Cell> titles;
  for (const Column& column : used) titles.push_back({column.title, Colour::dim});
  std::string out = line_of(titles);
  for (const std::vector<Cell>& row : safe) out += line_of(row);
  return out;
}

}  // namespace evener
