// Text as a terminal shows it. What people and programs wrote may hold bytes that move the cursor,
// set the title or turn the direction of writing; here they become visible. Widths are in columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evener {

// `width` is in columns; 0 or less: do not cut.
struct Style {
  bool colour = false;
  int width = 100;
};

enum class Colour : std::uint8_t { plain, bold, dim, red, green, yellow, blue, cyan };

// One line: line breaks and tabs become spaces; control characters, bytes that are no UTF-8 and
// characters that hide or reorder their neighbours are written out, as \x1b or \u{202e}.
std::string safe_line(std::string_view text);

// The same, but lines stay lines.
std::string safe_text(std::string_view text);

// Columns that safe text takes: two for East Asian wide characters, none for combining ones.
int columns_of(std::string_view text);

// Cut to at most `columns`, with an ellipsis when something is left out. 0 or less: not cut.
std::string fit(std::string_view text, int columns);

// Exactly `columns` wide: cut, or filled with spaces on the right (or on the left).
std::string pad(std::string_view text, int columns, bool right = false);

// The text in its colour, if the style has colours.
std::string paint(const Style& style, Colour colour, std::string_view text);

// Breaks at spaces; every line starts with `indent` spaces and ends with a line break.
std::string wrapped(std::string_view text, int indent, const Style& style);

struct Cell {
  std::string text = {};  // made safe by the table
  Colour colour = Colour::plain;
};

// Aligned columns with a heading; one in which nothing stands is left out. When they are wider than
// the style allows, the columns that `shrinks` gives way first, then the widest.
struct Table {
  struct Column {
    std::string title = {};
    bool right = false;
    bool shrinks = false;
  };

  std::vector<Column> columns = {};
  std::vector<std::vector<Cell>> rows = {};

  std::string text(const Style& style, int indent = 0) const;
};

}  // namespace evener
