// Measures and chapters in the pool.
#include "core/pool.h"

namespace evener {

void take_in(Measures& measures, const Measured& fact, const Fact& whole) {
  Measure& measure = measures[{fact.name, fact.task, fact.phase}];
  const auto lay = [&](const auto& described) {
    static const MeasureSpec silent{};
    if (fact.*described.member != silent.*described.member) {
      measure.*described.member = fact.*described.member;
    }
  };
  std::apply([&](const auto&... described) { (lay(described), ...); }, MeasureSpec::fields());
  measure.last = whole.seq;
  if (!fact.value) return;
  if (!measure.first) measure.first = fact.value;
  measure.at = whole.at;
  measure.by = fact.worker.empty() ? whole.by : fact.worker;
  ++measure.points;
}

void Pool::apply_body(const Measured& fact, const Fact& whole) {
  take_in(state_.records.measures, fact, whole);
}

void Pool::apply_body(const Marked& fact, const Fact& whole) {
  state_.records.chapters = std::max(state_.records.chapters, fact.chapter);
  state_.records.last_mark = whole.seq;
}

}  // namespace evener
