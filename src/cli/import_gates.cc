#include "cli/import_gates.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/limits.h"

namespace evener {
namespace {

// A foreign file's words become a goal of one line.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= limits::line_bytes) return text;
  std::size_t end = limits::line_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::set<std::string> gates_in(const HeldPool& held) {
  std::set<std::string> ids;
  for (const PhaseSpec& phase : held.plan.phases) ids.insert(phase.id);
  for (const GateSpec& gate : held.plan.gates) ids.insert(gate.id);
  return ids;
}

// Phases that another tool's file plans; one that the pool knows stays as it is.
void add_planned(
    const Plan& plan, const std::set<std::string>& known, std::vector<PhaseSpec>& phases
) {
  for (const PlannedPhase& planned : plan.planned_phases) {
    if (known.contains(planned.id)) continue;
    phases.push_back(
        {.id = planned.id,
         .title = one_line(planned.title),
         .goal = one_line(planned.text),
         .after = {},
         .participants = planned.participants,
         .approver = {},
         .planned_start_ms = {},
         .planned_end_ms = {}}
    );
  }
}

void add_points(
    const Plan& plan,
    const HeldPool& held,
    const std::set<std::string>& known,
    std::vector<GateSpec>& gates
) {
  std::set<std::string> tasks;
  for (const TaskSpec& task : plan.tasks) tasks.insert(task.id);
  for (const IntegrationPoint& point : plan.points) {
    if (known.contains(point.id)) continue;
    GateSpec gate{
        .id = point.id,
        .title = one_line(point.title),
        .tasks = {},
        .between = point.between,
        .approver = {}
    };
    for (const std::string& task : point.tasks) {
      if (tasks.contains(task) || held.find(task) != nullptr) gate.tasks.push_back(task);
    }
    gates.push_back(std::move(gate));
  }
}

Result<std::vector<PhaseSpec>> in_order(
    std::vector<PhaseSpec> phases, std::set<std::string> there
) {
  std::set<std::string> all = there;
  for (const PhaseSpec& phase : phases) all.insert(phase.id);
  for (const PhaseSpec& phase : phases) {
    for (const std::string& before : phase.after) {
      if (all.contains(before)) continue;
      return Error{
          "unknown_gate",
          fmt::format(
              "the phase {} comes after '{}', which is neither in the file nor in the pool",
              phase.id,
              before
          )
      };
    }
    there.erase(phase.id);  // it is described anew, behind what it comes after now
  }
  std::vector<PhaseSpec> ordered;
  while (!phases.empty()) {
    const auto next = std::find_if(phases.begin(), phases.end(), [&](const PhaseSpec& phase) {
      return std::all_of(phase.after.begin(), phase.after.end(), [&](const std::string& id) {
        return there.contains(id);
      });
    });
    if (next == phases.end()) {
      return Error{
          "cycle", fmt::format("the phase {} comes, step by step, after itself", phases.front().id)
      };
    }
    there.insert(next->id);
    ordered.push_back(std::move(*next));
    phases.erase(next);
  }
  return ordered;
}

}  // namespace

Result<GateImport> GateImport::plan(const Plan& plan, const HeldPool& held) {
  GateImport out;
  const bool says_any = !plan.phases.empty() || !plan.gates.empty() ||
                        !plan.planned_phases.empty() || !plan.points.empty();
  if (!says_any) return out;
  out.known_ = gates_in(held);
  out.gates_ = plan.gates;
  add_points(plan, held, out.known_, out.gates_);
  std::vector<PhaseSpec> phases = plan.phases;
  add_planned(plan, out.known_, phases);
  std::set<std::string> there = out.known_;
  for (const GateSpec& gate : out.gates_) there.insert(gate.id);
  out.phases_ = TRY(in_order(std::move(phases), std::move(there)));
  return out;
}

std::vector<Request> GateImport::describing() const {
  std::vector<Request> requests;
  for (const GateSpec& gate : gates_) {
    if (known_.contains(gate.id)) continue;
    GateSpec closed = gate;
    closed.tasks.clear();
    requests.push_back({"", SetGate{std::move(closed)}});
  }
  for (const PhaseSpec& phase : phases_) requests.push_back({"", SetPhase{phase}});
  return requests;
}

std::vector<std::string> GateImport::described_ids() const {
  std::vector<std::string> ids;
  for (const GateSpec& gate : gates_) {
    if (!known_.contains(gate.id)) ids.push_back(gate.id);
  }
  for (const PhaseSpec& phase : phases_) ids.push_back(phase.id);
  return ids;
}

std::vector<Request> GateImport::joining() const {
  std::vector<Request> requests;
  for (const GateSpec& gate : gates_) requests.push_back({"", SetGate{gate}});
  return requests;
}

std::vector<std::string> GateImport::joined_ids() const {
  std::vector<std::string> ids;
  for (const GateSpec& gate : gates_) ids.push_back(gate.id);
  return ids;
}

}  // namespace evener
