// Phases, gates and their approval.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/conditions.h"
#include "core/decide.h"

namespace evener {
namespace {

Refusal unknown_gate(const std::string& id) {
  return {"unknown_gate", fmt::format("there is no phase or gate '{}'", id), "see: evener phases"};
}

std::optional<Refusal> not_settable(const State& state, const std::string& id, Gate::Kind wanted) {
  const GateIndex known = state.find_gate(id);
  if (known == no_gate) {
    if (state.gates.size() < limits::gates_per_pool) return std::nullopt;
    return Refusal{
        "pool_full",
        fmt::format("a pool holds at most {} phases and gates", limits::gates_per_pool),
        "describe those that exist anew"
    };
  }
  const Gate& gate = state.gate(known);
  const bool is_other = gate.kind != Gate::Kind::undescribed && gate.kind != wanted;
  const bool is_used_as_phase =
      wanted == Gate::Kind::gate && !gate.tasks.empty() && gate.kind == Gate::Kind::undescribed;
  if (!is_other && !is_used_as_phase) return std::nullopt;
  return Refusal{
      "duplicate_id",
      fmt::format("'{}' is {} already", id, gate.kind == Gate::Kind::gate ? "a gate" : "a phase"),
      "choose another id"
  };
}

// The phases from `from` on, by what they come after, to `to`; empty if there is no such way.
std::vector<std::string> way_back(
    const State& state, const std::string& from, const std::string& to
) {
  std::vector<std::vector<std::string>> ways{{from}};
  std::vector<std::string> seen{from};
  for (std::size_t at = 0; at < ways.size(); ++at) {
    const std::vector<std::string> way = ways[at];
    if (way.back() == to) return way;
    const GateIndex index = state.find_gate(way.back());
    if (index == no_gate) continue;
    for (const std::string& before : state.gate(index).phase.after) {
      if (std::find(seen.begin(), seen.end(), before) != seen.end()) continue;
      seen.push_back(before);
      ways.push_back(way);
      ways.back().push_back(before);
    }
  }
  return {};
}

// It is the approver by its description, or because it leads the approver's role.
bool may_approve(const Pool& pool, const Gate& gate, WorkerIndex worker) {
  if (gate.approver().empty()) return false;
  const AssigneeIndex approver = pool.state().find_assignee(gate.approver());
  return is_meant_for(approver, pool.state().worker(worker));
}

}  // namespace

Decision decide_command(const Pool& pool, const Author&, const SetPhase& command, const Moment&) {
  const State& state = pool.state();
  const PhaseSpec& spec = command.spec;
  if (auto refusal = not_settable(state, spec.id, Gate::Kind::phase)) {
    return refuse(std::move(*refusal));
  }
  for (const std::string& before : spec.after) {
    const GateIndex index = state.find_gate(before);
    if (index == no_gate || state.gate(index).kind == Gate::Kind::undescribed) {
      if (before != spec.id) return refuse(unknown_gate(before));
    }
    std::vector<std::string> way = way_back(state, before, spec.id);
    if (way.empty()) continue;
    way.insert(way.begin(), spec.id);
    return refuse(
        {"cycle",
         fmt::format("these would wait for one another for ever: {}", fmt::join(way, " -> ")),
         "drop one of these from `after`"}
    );
  }
  if (std::set<std::string>(spec.after.begin(), spec.after.end()).size() < spec.after.size()) {
    return refuse({"bad_value", "`after` names one twice", "name each once"});
  }
  const GateIndex known = state.find_gate(spec.id);
  if (known != no_gate && state.gate(known).kind == Gate::Kind::phase &&
      state.gate(known).phase == spec) {
    return {};
  }
  return {.facts = {PhaseSet{spec}}};
}

Decision decide_command(const Pool& pool, const Author&, const SetGate& command, const Moment&) {
  const State& state = pool.state();
  GateSpec spec = command.spec;
  if (auto refusal = not_settable(state, spec.id, Gate::Kind::gate)) {
    return refuse(std::move(*refusal));
  }
  for (const std::string& task : spec.tasks) {
    if (state.find_task(task) == no_task) return refuse(unknown_task(state, task));
  }
  std::vector<std::string> unique;
  for (std::string& task : spec.tasks) {
    if (std::find(unique.begin(), unique.end(), task) == unique.end()) {
      unique.push_back(std::move(task));
    }
  }
  spec.tasks = std::move(unique);
  const GateIndex known = state.find_gate(spec.id);
  if (known != no_gate && state.gate(known).kind == Gate::Kind::gate &&
      state.gate(known).gate == spec) {
    return {};
  }
  return {.facts = {GateSet{std::move(spec)}}};
}

Decision
decide_command(const Pool& pool, const Author& author, const Approve& command, const Moment&) {
  const State& state = pool.state();
  const GateIndex index = state.find_gate(command.gate);
  if (index == no_gate || state.gate(index).kind == Gate::Kind::undescribed) {
    return refuse(unknown_gate(command.gate));
  }
  const Gate& gate = state.gate(index);
  if (!gate.needs_approval()) {
    return refuse(
        {"not_wanted",
         fmt::format("{} waits for nobody's approval", gate.id),
         "it opens by itself when its tasks are done"}
    );
  }
  if (command.worker.empty() && author.scope < Scope::operate) {
    return refuse(
        {"scope", "only an operator approves without naming a worker", "approve as a worker"}
    );
  }
  if (!command.worker.empty()) {
    const WorkerIndex worker = state.find_worker(command.worker);
    if (worker == no_worker) return refuse(unknown_worker(command.worker));
    if (!may_approve(pool, gate, worker)) {
      return refuse(
          {"not_approver",
           fmt::format(
               "{} is approved by {}, which {} is not",
               gate.id,
               gate.approver().empty() ? "an operator" : gate.approver(),
               command.worker
           ),
           "let the approver do it, or an operator"}
      );
    }
  }
  if (gate.approved) return {};
  if (!gate.is_ready_for_approval()) {
    const Condition why = gate_condition(pool, gate);
    constexpr std::string_view which = "which ";
    return refuse(
        {"gate_closed",
         fmt::format("{} cannot be approved yet: it {}", gate.id, why.text.substr(which.size())),
         why.remedy}
    );
  }
  return {
      .facts = {GateApproved{.gate = gate.id, .worker = command.worker, .reason = command.reason}}
  };
}

}  // namespace evener
