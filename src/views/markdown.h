// Text for Markdown files that people and programs read, and Git compares. What somebody wrote
// becomes part of one line and stays text: it can begin no heading, list, link, image, table cell
// or comment, and so no marker of ours either.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace evener {

// One line, escaped; cut to `columns` (0: not cut).
std::string markdown_text(std::string_view text, int columns = 160);

// Ids, names and commands of ours in a code span. Anything but letters, digits, spaces and ._:/@+-*
// makes it ordinary escaped text.
std::string markdown_code(std::string_view text);

// "2026-11-21", "2026-11-21 12:00" and "12:00:30", in UTC.
std::string day_text(Instant instant);
std::string minute_text(Instant instant);
std::string clock_text(Instant instant);

// "18/32 (56.25 %)"; cut, not rounded, so that 100 % means all. "0/0" without a percentage.
std::string rate_text(std::int64_t done, std::int64_t total);

}  // namespace evener
