// What the state keeps of measures, chapters and schedules (model/measure.h, model/schedule.h).
#pragma once

#include <compare>
#include <map>
#include <string>

#include "base/ids.h"
#include "model/measure.h"
#include "model/schedule.h"

namespace evener {

struct Fact;

// A measure's name is unique among those of a task, of a phase, and of the pool.
struct MeasureKey {
  std::string name;
  std::string task;
  std::string phase;

  auto operator<=>(const MeasureKey&) const = default;
};

// A measure as it stands: what was said last of each member, and its first value.
struct Measure : MeasureSpec {
  std::optional<Decimal> first = {};
  Instant at = 0;           // when the newest value came
  std::string by = {};      // from whom
  std::int64_t points = 0;  // values ever
  Seq last = {};            // the newest fact of it

  static constexpr auto fields() {
    return std::tuple_cat(
        MeasureSpec::fields(),
        std::tuple{
            field("first", &Measure::first, "Its first value"),
            field("at", &Measure::at, "When the newest value came", fact_text),
            field("by", &Measure::by, "From whom", fact_text),
            field("points", &Measure::points, "Values ever"),
            field("last", &Measure::last, "The newest fact of it"),
        }
    );
  }

  Direction way() const { return direction.value_or(Direction::up); }

  bool is_reached() const {
    if (!value || !goal) return false;
    return way() == Direction::up ? *value >= *goal : *value <= *goal;
  }
};

using Measures = std::map<MeasureKey, Measure>;

// Takes in what `fact`, which is `whole`'s body, says.
void take_in(Measures& measures, const Measured& fact, const Fact& whole);

struct ScheduleRecord {
  ScheduleSpec spec = {};
  std::int64_t made = 0;  // the number of its newest instance
  Instant set_at = 0;
  Instant last_at = 0;  // when that was added; 0: none yet
  bool wanted = false;  // a fact has called for one since

  static constexpr auto fields() {
    return std::tuple{
        field("spec", &ScheduleRecord::spec, "As it was described"),
        field("made", &ScheduleRecord::made, "The number of its newest instance"),
        field("set_at", &ScheduleRecord::set_at, "When it was first described", fact_text),
        field("last_at", &ScheduleRecord::last_at, "When its newest instance was added", fact_text),
        field("wanted", &ScheduleRecord::wanted, "A fact has called for one since"),
    };
  }

  // When its interval calls for one; only with an interval.
  Instant next_at() const { return last_at == 0 ? set_at : last_at + *spec.every_ms; }
};

struct Records {
  Measures measures = {};
  std::int64_t chapters = 0;  // marks so far
  Seq last_mark = {};
  std::map<std::string, ScheduleRecord> schedules = {};  // by id
};

}  // namespace evener
