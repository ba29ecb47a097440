#include "cli/import_records.h"

#include <algorithm>

#include "formats/kept_measures.h"
#include "views/query.h"

namespace evener {
namespace {

Result<PlanView> held_records(Client& client) {
  Query query;
  query.kind = QueryKind::plan;
  query.filter.limit = 1;  // they stand on the first page
  return ask_for<PlanView>(client, query);
}

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

Status give(
    Client& client, const std::vector<Request>& requests, const std::vector<std::string>& names
) {
  for (std::size_t from = 0; from < requests.size(); from += limits::commands_per_request) {
    const std::size_t to = std::min(from + limits::commands_per_request, requests.size());
    const auto at = [&](std::size_t i) {
      return requests.begin() + static_cast<std::ptrdiff_t>(i);
    };
    const std::vector<Answer> answers = TRY(client.call({at(from), at(to)}));
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].ok) continue;
      return Error{answers[i].refusal->code, answers[i].refusal->message, names[from + i]};
    }
  }
  return Done{};
}

}  // namespace

std::vector<MeasureSpec> measures_of(const Plan& plan) {
  std::vector<MeasureSpec> measures = plan.measure_specs;
  for (MeasureSpec& measure : kept_measures(plan.measures).measures) {
    measures.push_back(std::move(measure));
  }
  return measures;
}

Result<RecordsImported> import_records(Client& client, const Plan& plan) {
  const std::vector<MeasureSpec> measures = measures_of(plan);
  RecordsImported imported;
  if (measures.empty() && plan.schedules.empty()) return imported;
  const PlanView held = TRY(held_records(client));
  std::vector<Request> requests;
  std::vector<std::string> names;
  for (const MeasureSpec& measure : measures) {
    if (is_known(held.measures, measure)) continue;
    RecordMeasure command;
    static_cast<MeasureSpec&>(command) = measure;
    requests.push_back({"", std::move(command)});
    names.push_back(measure.name);
    ++imported.measures;
  }
  for (const ScheduleSpec& schedule : plan.schedules) {
    const auto known = std::find(held.schedules.begin(), held.schedules.end(), schedule);
    if (known != held.schedules.end()) continue;
    requests.push_back({"", SetSchedule{schedule}});
    names.push_back(schedule.id);
    ++imported.schedules;
  }
  TRY(give(client, requests, names));
  return imported;
}

}  // namespace evener
