// Measures, marks and schedules as text.
#include <fmt/format.h>

#include <algorithm>

#include "views/text.h"

namespace evener {
namespace {

constexpr std::size_t to_minutes = 16;  // 2026-11-21T12:00

std::string minutes_of(Instant at) {
  return format_time(at).substr(0, to_minutes) + "Z";
}

std::string ago(std::optional<Instant> at, Instant now) {
  return at ? format_duration(std::max<Millis>(0, now - *at)) + " ago" : "";
}

std::string permille_text(std::optional<std::int64_t> permille) {
  return permille ? fmt::format("{}%", *permille / 10) : "";
}

std::string decimal_text(const std::optional<Decimal>& number) {
  return number ? format_decimal(*number) : "";
}

std::string goal_text(const MeasureRow& row) {
  if (!row.goal) return {};
  return (row.direction == Direction::up ? ">= " : "<= ") + format_decimal(*row.goal);
}

std::string history(const MeasureListView& view, const Style& style) {
  std::string out;
  for (const MeasureRow& row : view.measures) {
    if (row.history.empty()) continue;
    out += "\n" + paint(style, Colour::bold, safe_line(measure_title(row))) + "\n";
    for (const MeasurePoint& point : row.history) {
      out += fmt::format(
          "  {}  {}  {}\n", minutes_of(point.at), format_decimal(point.value), safe_line(point.by)
      );
    }
  }
  return out;
}

std::string next_text(const ScheduleRow& row, Instant now) {
  if (row.state == ScheduleState::stopped) return "never";
  const bool is_due = row.next_at && *row.next_at <= now;
  if (row.state == ScheduleState::open && (row.wanted || is_due)) return "once that is over";
  if (!row.next_at) return "";
  return *row.next_at <= now ? "now" : "in " + format_duration(*row.next_at - now);
}

}  // namespace

std::string measures_text(const MeasureListView& view, Instant now, const Style& style) {
  if (view.measures.empty()) return "no measure yet: evener measure NAME VALUE --goal N\n";
  Table table;
  table.columns = {
      {"MEASURE", false, true},
      {"VALUE", true},
      {"OF", true},
      {"UNIT"},
      {"GOAL", true},
      {"TO GO", true},
      {"WAY", true},
      {"MEASURED"},
      {"BY", false, true}
  };
  for (const MeasureRow& row : view.measures) {
    const std::string value = row.value ? format_decimal(*row.value) : "not yet";
    table.rows.push_back(
        {{measure_title(row), Colour::bold},
         {value, row.reached ? Colour::green : Colour::plain},
         {decimal_text(row.of)},
         {row.unit},
         {goal_text(row)},
         {row.reached ? "reached" : decimal_text(row.left)},
         {permille_text(row.goal ? row.way_permille : row.share_permille)},
         {ago(row.at, now)},
         {row.by}}
    );
  }
  return table.text(style) + history(view, style);
}

std::string marks_text(const MarkListView& view, const Style& style) {
  if (view.marks.empty()) return "no mark yet: evener mark TEXT\n";
  Table table;
  table.columns = {{"CHAPTER", true}, {"BEGAN"}, {"BY", false, true}, {"MARK", false, true}};
  for (const MarkRow& row : view.marks) {
    table.rows.push_back(
        {{std::to_string(row.chapter), Colour::bold}, {minutes_of(row.at)}, {row.by}, {row.text}}
    );
  }
  std::string out = table.text(style);
  const std::int64_t more = view.total - static_cast<std::int64_t>(view.marks.size());
  if (more > 0) out += fmt::format("and {} older\n", more);
  return out;
}

std::string schedules_text(const ScheduleListView& view, Instant now, const Style& style) {
  if (view.schedules.empty())
    return "no schedule yet: evener schedule ID --every 2h --title TEXT\n";
  Table table;
  table.columns = {
      {"SCHEDULE", false, true},
      {"STATE"},
      {"EVERY", true},
      {"ON", false, true},
      {"MADE", true},
      {"OPEN", false, true},
      {"NEXT"},
      {"TITLE", false, true}
  };
  for (const ScheduleRow& row : view.schedules) {
    const Colour colour = row.state == ScheduleState::open      ? Colour::cyan
                          : row.state == ScheduleState::stopped ? Colour::dim
                                                                : Colour::plain;
    table.rows.push_back(
        {{row.id, Colour::bold},
         {std::string(name_of(row.state)), colour},
         {row.every_ms ? format_duration(*row.every_ms) : ""},
         {fmt::format("{}", fmt::join(row.on, ", "))},
         {std::to_string(row.made)},
         {fmt::format("{}", fmt::join(row.open, ", "))},
         {next_text(row, now)},
         {row.title}}
    );
  }
  return table.text(style);
}

}  // namespace evener
