// Measures: named numbers that change while the work goes on, with a goal. One belongs to a task,
// to a phase, or to the pool as a whole; its name is unique there.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "model/decimal.h"
#include "model/task.h"

namespace evener {

// Which way is better.
enum class Direction { up, down };

template <>
struct EnumNames<Direction> {
  static constexpr std::array<std::string_view, 2> names{"up", "down"};
};

// What somebody says of a measure. What is left out stays as it was.
struct MeasureSpec {
  std::string name = {};
  std::optional<Decimal> value = {};
  std::optional<Decimal> of = {};
  std::optional<Decimal> goal = {};
  std::optional<Direction> direction = {};
  std::string unit = {};
  std::string task = {};
  std::string phase = {};

  bool operator==(const MeasureSpec&) const = default;

  static constexpr auto fields() {
    constexpr Bounds name_bounds{.required = true, .max_bytes = limits::id_bytes};
    return std::tuple{
        field("name", &MeasureSpec::name, "Its name; criteria may name it", name_bounds),
        field("value", &MeasureSpec::value, "What it is now"),
        field("of", &MeasureSpec::of, "The total that the value is a part of"),
        field("goal", &MeasureSpec::goal, "What the value is to reach"),
        field("direction", &MeasureSpec::direction, "up: more is better (default), or down"),
        field("unit", &MeasureSpec::unit, "What it counts: %, ms, tasks", {}),
        field("task", &MeasureSpec::task, "It is one of this task", id_bounds),
        field("phase", &MeasureSpec::phase, "It is one of this phase", id_bounds),
    };
  }
};

// `worker`: who measured; without it, the author.
struct RecordMeasure : MeasureSpec {
  static constexpr std::string_view type = "measure";
  std::string worker = {};

  static constexpr auto fields() {
    return std::tuple_cat(
        MeasureSpec::fields(),
        std::tuple{field(
            "worker", &RecordMeasure::worker, "Who measured; without it, the author", id_bounds
        )}
    );
  }
};

// `before` is the fact before it that speaks of the same measure (0: none), so that its history is
// read backward and nobody keeps it in memory.
struct Measured : MeasureSpec {
  static constexpr std::string_view type = "measured";
  std::string worker = {};
  Seq before = {};

  static constexpr auto fields() {
    return std::tuple_cat(
        MeasureSpec::fields(),
        std::tuple{
            field("worker", &Measured::worker, "Who measured; empty: the author", fact_text),
            field("before", &Measured::before, "The fact before it of the same measure"),
        }
    );
  }
};

// A mark opens a new chapter of the work; the chapter has the mark's number, from 1.
struct OpenChapter {
  static constexpr std::string_view type = "mark";
  std::string text = {};
  std::string worker = {};

  static constexpr auto fields() {
    constexpr Bounds text_bounds_of_mark{.required = true, .max_bytes = limits::line_bytes};
    return std::tuple{
        field("text", &OpenChapter::text, "What begins here", text_bounds_of_mark),
        field("worker", &OpenChapter::worker, "Who says so; without it, the author", id_bounds),
    };
  }
};

struct Marked {
  static constexpr std::string_view type = "marked";
  std::int64_t chapter = 0;
  std::string text = {};
  std::string worker = {};
  Seq before = {};

  static constexpr auto fields() {
    return std::tuple{
        field("chapter", &Marked::chapter, "The chapter that it opens, from 1"),
        field("text", &Marked::text, "What begins here", fact_text),
        field("worker", &Marked::worker, "Who said so; empty: the author", fact_text),
        field("before", &Marked::before, "The mark before it; 0: none"),
    };
  }
};

}  // namespace evener
