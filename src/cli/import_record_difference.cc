#include "cli/import_record_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/import_records.h"
#include "cli/normalised.h"

namespace evener {
namespace {

template <Described T>
std::vector<FieldChange> changes(const T& held, const T& said) {
  static const T silent{};
  std::vector<FieldChange> fields;
  const auto compare = [&](const auto& described) {
    const auto& from = held.*described.member;
    const auto& to = said.*described.member;
    if (from == to) return;
    fields.push_back(
        {.name = std::string(described.name),
         .from = to_json_text(from),
         .to = to_json_text(to),
         .falls_back = to == silent.*described.member}
    );
  };
  std::apply([&](const auto&... described) { (compare(described), ...); }, T::fields());
  return fields;
}

// What the core would not tell from what it has.
GateSpec as_kept(GateSpec gate) {
  std::set<std::string> seen;
  std::erase_if(gate.tasks, [&](const std::string& task) { return !seen.insert(task).second; });
  return gate;
}

std::string point_text(const IntegrationPoint& point) {
  std::string text = fmt::format("{} (line {})", point.title, point.line);
  if (!point.tasks.empty()) text += fmt::format(", tasks {}", fmt::join(point.tasks, ", "));
  if (!point.between.empty()) text += fmt::format(", between {}", fmt::join(point.between, ", "));
  return text;
}

// "3 of 5 tasks, to be 5"
std::string numbers_text(const MeasureSpec& measure) {
  std::vector<std::string> parts;
  if (measure.value) {
    std::string part = format_decimal(*measure.value);
    if (measure.of) part += " of " + format_decimal(*measure.of);
    if (!measure.unit.empty()) part += " " + measure.unit;
    parts.push_back(std::move(part));
  }
  if (measure.goal) parts.push_back("to be " + format_decimal(*measure.goal));
  return fmt::format("{}", fmt::join(parts, ", "));
}

class RecordComparison {
 public:
  explicit RecordComparison(std::vector<RecordDifference>& out) : out_(out) {}

  void add(std::string_view kind, std::string name, std::string about = {}) {
    out_.push_back(
        {.kind = kind,
         .name = std::move(name),
         .about = std::move(about),
         .is_new = true,
         .fields = {}}
    );
  }

  void change(std::string_view kind, std::string name, std::vector<FieldChange> fields) {
    if (fields.empty()) return;
    out_.push_back({.kind = kind, .name = std::move(name), .fields = std::move(fields)});
  }

  // Records whose member `key` tells them apart.
  template <Described T>
  void compare(
      std::string_view kind,
      std::string T::* key,
      const std::vector<T>& held,
      const std::vector<T>& said,
      std::string T::* about = nullptr
  ) {
    for (const T& record : said) {
      const auto known = std::find_if(held.begin(), held.end(), [&](const T& other) {
        return other.*key == record.*key;
      });
      if (known == held.end()) {
        add(kind, record.*key, about == nullptr ? "" : record.*about);
      } else {
        change(kind, record.*key, changes(*known, record));
      }
    }
  }

 private:
  std::vector<RecordDifference>& out_;
};

void compare_pool(const Plan& plan, const HeldPool& held, RecordComparison& out) {
  if (plan.card != PoolCard{}) out.change(card_kind, "", changes(held.plan.card, plan.card));
  if (!plan.settings) return;
  const PoolSettings known = held.plan.settings.value_or(PoolSettings{});
  out.change(settings_kind, "", changes(known, *plan.settings));
}

void compare_workers(const Plan& plan, const HeldPool& held, RecordComparison& out) {
  std::vector<WorkerSpec> all = held.plan.workers;
  all.insert(all.end(), plan.workers.begin(), plan.workers.end());
  std::vector<WorkerSpec> said = plan.workers;
  const std::string importer = importing_worker(all);
  std::erase_if(said, [&](const WorkerSpec& worker) { return worker.name == importer; });
  out.compare("worker", &WorkerSpec::name, held.plan.workers, said);
}

// What a foreign file plans stays as the pool has it, where that knows it.
void compare_gates(const Plan& plan, const HeldPool& held, RecordComparison& out) {
  std::set<std::string> known;
  for (const PhaseSpec& phase : held.plan.phases) known.insert(phase.id);
  for (const GateSpec& gate : held.plan.gates) known.insert(gate.id);
  out.compare("phase", &PhaseSpec::id, held.plan.phases, plan.phases, &PhaseSpec::title);
  for (const PlannedPhase& phase : plan.planned_phases) {
    if (!known.contains(phase.id)) out.add("phase", phase.id, phase.title);
  }
  std::vector<GateSpec> gates;
  for (const GateSpec& gate : plan.gates) gates.push_back(as_kept(gate));
  out.compare("gate", &GateSpec::id, held.plan.gates, gates, &GateSpec::title);
  for (const IntegrationPoint& point : plan.points) {
    if (!known.contains(point.id)) out.add("gate", point.id, point_text(point));
  }
}

void compare_schedules(const Plan& plan, const HeldPool& held, RecordComparison& out) {
  std::vector<ScheduleSpec> said;
  for (const ScheduleSpec& schedule : plan.schedules) said.push_back(normalised(schedule));
  std::vector<ScheduleSpec> known;
  for (const ScheduleSpec& schedule : held.plan.schedules) known.push_back(normalised(schedule));
  out.compare("schedule", &ScheduleSpec::id, known, said);
}

// What is left out of a measure stays as the pool has it.
void compare_measures(const Plan& plan, const HeldPool& held, RecordComparison& out) {
  static const MeasureSpec silent{};
  const std::vector<MeasureSpec>& all = held.plan.measure_specs;
  for (const MeasureSpec& said : measures_of(plan)) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const MeasureSpec& other) {
      return other.name == said.name && other.task == said.task && other.phase == said.phase;
    });
    if (known == all.end()) {
      out.add("measure", said.name, numbers_text(said));
      continue;
    }
    MeasureSpec to = *known;
    const auto lay = [&](const auto& described) {
      const auto& member = said.*described.member;
      if (member != silent.*described.member) to.*described.member = member;
    };
    std::apply([&](const auto&... described) { (lay(described), ...); }, MeasureSpec::fields());
    out.change("measure", said.name, changes(*known, to));
  }
}

}  // namespace

std::vector<RecordDifference> record_differences(const Plan& plan, const HeldPool& held) {
  std::vector<RecordDifference> records;
  RecordComparison out(records);
  compare_pool(plan, held, out);
  out.compare("machine", &Machine::name, held.plan.machines, plan.machines);
  compare_workers(plan, held, out);
  compare_gates(plan, held, out);
  compare_measures(plan, held, out);
  compare_schedules(plan, held, out);
  return records;
}

std::string values_text(const RecordDifference& record) {
  std::vector<std::string> values;
  for (const FieldChange& field : record.fields) {
    const std::string_view end = field.falls_back ? ", which is the default" : "";
    values.push_back(fmt::format("{} from {} to {}{}", field.name, field.from, field.to, end));
  }
  return fmt::format("{}: {}", record.kind, fmt::join(values, "; "));
}

}  // namespace evener
