#include "cli/import_records.h"

#include <algorithm>

#include "cli/normalised.h"
#include "formats/kept_measures.h"

namespace evener {
namespace {

// Whether the pool knows already all that is said.
bool is_known(const std::vector<MeasureSpec>& held, const MeasureSpec& said) {
  static const MeasureSpec silent{};
  return std::any_of(held.begin(), held.end(), [&](const MeasureSpec& known) {
    if (known.task != said.task || known.phase != said.phase) return false;
    bool is_same = true;
    const auto compare = [&](const auto& described) {
      const auto& member = said.*described.member;
      if (member != silent.*described.member && member != known.*described.member) is_same = false;
    };
    std::apply([&](const auto&... described) { (compare(described), ...); }, MeasureSpec::fields());
    return is_same;
  });
}

bool knows(const std::vector<ScheduleSpec>& held, const ScheduleSpec& said) {
  const ScheduleSpec to = normalised(said);
  return std::ranges::any_of(held, [&](const ScheduleSpec& known) {
    return known.id == to.id && normalised(known) == to;
  });
}

}  // namespace

std::vector<MeasureSpec> measures_of(const Plan& plan) {
  std::vector<MeasureSpec> measures = plan.measure_specs;
  for (MeasureSpec& measure : kept_measures(plan.measures).measures) {
    measures.push_back(std::move(measure));
  }
  return measures;
}

RecordRequests record_requests(const Plan& plan, const HeldPool& held) {
  RecordRequests out;
  for (const MeasureSpec& measure : measures_of(plan)) {
    if (is_known(held.plan.measure_specs, measure)) continue;
    RecordMeasure command;
    static_cast<MeasureSpec&>(command) = measure;
    out.requests.push_back({"", std::move(command)});
    out.names.push_back(measure.name);
    ++out.measures;
  }
  for (const ScheduleSpec& schedule : plan.schedules) {
    if (knows(held.plan.schedules, schedule)) continue;
    out.requests.push_back({"", SetSchedule{schedule}});
    out.names.push_back(schedule.id);
    ++out.schedules;
  }
  return out;
}

}  // namespace evener
