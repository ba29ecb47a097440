// Measures as people see them: the newest value, the goal, and how far it is to that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool.h"
#include "views/described.h"
#include "views/facts.h"

namespace evener {

struct MeasurePoint {
  Seq seq = {};
  Instant at = 0;
  std::string by = {};
  Decimal value = {};

  bool operator==(const MeasurePoint&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("seq", &MeasurePoint::seq, "The fact", always),
        field("at", &MeasurePoint::at, "Log time", always),
        field("by", &MeasurePoint::by, "Who measured", always),
        field("value", &MeasurePoint::value, "What it was", always),
    };
  }
};

// `left` is how much is missing to the goal. `way_permille` is how much of the way from the first
// value to the goal is done, `share_permille` the value's share of the total.
struct MeasureRow {
  std::string name = {};
  std::string task = {};
  std::string phase = {};
  std::optional<Decimal> value = {};
  std::optional<Decimal> of = {};
  std::optional<Decimal> goal = {};
  Direction direction = Direction::up;
  std::string unit = {};
  std::optional<Decimal> first = {};
  bool reached = false;
  std::optional<Decimal> left = {};
  std::optional<std::int64_t> way_permille = {};
  std::optional<std::int64_t> share_permille = {};
  std::optional<Instant> at = {};
  std::string by = {};
  std::int64_t points = 0;
  std::vector<MeasurePoint> history = {};

  bool operator==(const MeasureRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("name", &MeasureRow::name, "Its name", always),
        field("task", &MeasureRow::task, "The task that it is of, if one", shown),
        field("phase", &MeasureRow::phase, "The phase that it is of, if one", shown),
        field("value", &MeasureRow::value, "What it is now", shown),
        field("of", &MeasureRow::of, "The total that the value is a part of", shown),
        field("goal", &MeasureRow::goal, "What the value is to reach", shown),
        field("direction", &MeasureRow::direction, "up: more is better; or down", always),
        field("unit", &MeasureRow::unit, "What it counts", shown),
        field("first", &MeasureRow::first, "Its first value", shown),
        field("reached", &MeasureRow::reached, "Whether the value is at the goal", always),
        field("left", &MeasureRow::left, "Missing to the goal", shown),
        field("way_permille", &MeasureRow::way_permille, "Of the way from the first value", shown),
        field("share_permille", &MeasureRow::share_permille, "The value's, of the total", shown),
        field("at", &MeasureRow::at, "When the newest value came, log time", shown),
        field("by", &MeasureRow::by, "From whom", shown),
        field("points", &MeasureRow::points, "How many values there were", always),
        field("history", &MeasureRow::history, "Values, newest first, if asked for", shown),
    };
  }
};

struct MeasureListView {
  std::vector<MeasureRow> measures = {};
  Instant log_time = 0;

  static constexpr auto fields() {
    return std::tuple{
        field("measures", &MeasureListView::measures, "By name; those of the pool first", always),
        field(
            "log_time", &MeasureListView::log_time, "Milliseconds since 1970, by the log", always
        ),
    };
  }
};

MeasureRow row_of(const Measure& measure);

// Those of the pool first, then those of its phases and tasks, each by name; at most `most`.
std::vector<MeasureRow> some_measures(const State& state, std::size_t most);

// All, or those called `name`; each with at most `points` of its values, read backward through the
// log.
Result<MeasureListView> measures_view(
    const State& state, const std::string& name, std::int64_t points, const FactSource& facts
);

// What of it fits one line: "62 %, goal 80 % or more: 18 % to go".
std::string measure_words(const MeasureRow& row);

// "coverage", "coverage of restore-8000", "coverage of phase design".
std::string measure_title(const MeasureRow& row);

}  // namespace evener
