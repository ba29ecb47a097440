#include "views/measures.h"

#include <algorithm>

namespace evener {
namespace {

// part / whole in thousandths, from -1,000,000 to 1,000,000; exact enough for any that are shown.
std::optional<std::int64_t> permille(double part, double whole) {
  constexpr double most = 1'000'000;
  if (whole == 0) return std::nullopt;
  return static_cast<std::int64_t>(std::clamp(part * 1000 / whole, -most, most));
}

double as_double(Decimal number) {
  return static_cast<double>(number.millionths);
}

bool is_of_part(const MeasureKey& key) {
  return !key.task.empty() || !key.phase.empty();
}

std::string with_unit(Decimal number, const std::string& unit) {
  std::string out = format_decimal(number);
  if (unit.empty()) return out;
  return out + (unit == "%" ? "" : " ") + unit;
}

std::string tenths(std::int64_t thousandths) {
  const std::int64_t size = thousandths < 0 ? -thousandths : thousandths;
  return fmt::format("{}{}.{} %", thousandths < 0 ? "-" : "", size / 10, size % 10);
}

Result<std::vector<MeasurePoint>> points_of(
    const Measure& measure, std::int64_t most, const FactSource& facts
) {
  std::vector<MeasurePoint> points;
  Seq next = measure.last;
  while (next.value > 0 && std::ssize(points) < most) {
    const Seq asked = next;
    next = Seq{};
    TRY(facts(asked, asked, [&](const Fact& fact) {
      const auto* measured = std::get_if<Measured>(&fact.body);
      CHECK(measured != nullptr, "a measure's history leads to another fact");
      next = measured->before;
      if (!measured->value) return false;
      const std::string& by = measured->worker.empty() ? fact.by : measured->worker;
      points.push_back({.seq = fact.seq, .at = fact.at, .by = by, .value = *measured->value});
      return false;
    }));
    CHECK(next < asked, "a measure's fact names a later one as the one before it");
  }
  return points;
}

}  // namespace

MeasureRow row_of(const Measure& measure) {
  MeasureRow row{
      .name = measure.name,
      .task = measure.task,
      .phase = measure.phase,
      .value = measure.value,
      .of = measure.of,
      .goal = measure.goal,
      .direction = measure.way(),
      .unit = measure.unit,
      .first = measure.first,
      .reached = measure.is_reached(),
      .points = measure.points
  };
  if (!measure.value) return row;
  row.at = measure.at;
  row.by = measure.by;
  const double value = as_double(*measure.value);
  if (measure.of) row.share_permille = permille(value, as_double(*measure.of));
  if (!measure.goal || row.reached) return row;
  std::int64_t missing = 0;
  if (!__builtin_sub_overflow(measure.goal->millionths, measure.value->millionths, &missing)) {
    row.left = Decimal{missing < 0 ? -missing : missing};
  }
  const double first = as_double(*measure.first);
  row.way_permille = permille(value - first, as_double(*measure.goal) - first);
  return row;
}

std::vector<MeasureRow> some_measures(const State& state, std::size_t most) {
  std::vector<MeasureRow> rows;
  for (const bool of_part : {false, true}) {
    for (const auto& [key, measure] : state.records.measures) {
      if (rows.size() == most) return rows;
      if (is_of_part(key) == of_part) rows.push_back(row_of(measure));
    }
  }
  return rows;
}

Result<MeasureListView> measures_view(
    const State& state, const std::string& name, std::int64_t points, const FactSource& facts
) {
  MeasureListView view;
  for (const bool of_part : {false, true}) {
    for (const auto& [key, measure] : state.records.measures) {
      if ((!name.empty() && key.name != name) || is_of_part(key) != of_part) continue;
      MeasureRow row = row_of(measure);
      if (points > 0) row.history = TRY(points_of(measure, points, facts));
      view.measures.push_back(std::move(row));
    }
  }
  return view;
}

std::string measure_title(const MeasureRow& row) {
  if (!row.task.empty()) return fmt::format("{} of {}", row.name, row.task);
  if (!row.phase.empty()) return fmt::format("{} of phase {}", row.name, row.phase);
  return row.name;
}

std::string measure_words(const MeasureRow& row) {
  std::string out = "not measured yet";
  if (row.value && row.of) {
    out = fmt::format("{} of {}", format_decimal(*row.value), with_unit(*row.of, row.unit));
  } else if (row.value) {
    out = with_unit(*row.value, row.unit);
  }
  if (row.share_permille) out += fmt::format(" ({})", tenths(*row.share_permille));
  if (!row.goal) return out;
  out += fmt::format(
      ", goal {} or {}",
      with_unit(*row.goal, row.unit),
      row.direction == Direction::up ? "more" : "less"
  );
  if (row.reached) return out + ": reached";
  if (row.left) out += fmt::format(": {} to go", with_unit(*row.left, row.unit));
  return out;
}

}  // namespace evener
