// Recording measures, and opening chapters.
#include <fmt/format.h>

#include "core/decide.h"

namespace evener {
namespace {

// A name that a criterion can hold, and that stands the same in every list.
std::optional<Refusal> bad_name(const std::string& name) {
  const bool is_padded = name.empty() || name.front() == ' ' || name.back() == ' ';
  if (!is_padded && name.find(" <= ") == std::string::npos &&
      name.find(" >= ") == std::string::npos) {
    return std::nullopt;
  }
  return Refusal{
      "bad_value",
      fmt::format("'{}' cannot be a measure's name", name),
      "name it without a comparison in it, and without space around it"
  };
}

std::optional<Refusal> bad_subject(const State& state, const MeasureSpec& spec) {
  if (!spec.task.empty() && !spec.phase.empty()) {
    return Refusal{"bad_value", "a measure is of a task or of a phase, not of both", "name one"};
  }
  if (!spec.task.empty() && state.find_task(spec.task) == no_task) {
    return unknown_task(state, spec.task);
  }
  if (spec.phase.empty()) return std::nullopt;
  const GateIndex phase = state.find_gate(spec.phase);
  if (phase != no_gate && state.gate(phase).kind != Gate::Kind::gate) return std::nullopt;
  return Refusal{
      "unknown_gate", fmt::format("there is no phase '{}'", spec.phase), "see: evener phases"
  };
}

}  // namespace

Decision
decide_command(const Pool& pool, const Author&, const RecordMeasure& command, const Moment&) {
  const State& state = pool.state();
  if (auto refusal = bad_name(command.name)) return refuse(std::move(*refusal));
  if (auto refusal = bad_subject(state, command)) return refuse(std::move(*refusal));
  if (!command.worker.empty() && state.find_worker(command.worker) == no_worker) {
    return refuse(unknown_worker(command.worker));
  }
  const bool says_nothing =
      !command.value && !command.of && !command.goal && !command.direction && command.unit.empty();
  if (says_nothing) {
    return refuse(
        {"missing_field",
         fmt::format("nothing is said of {}", command.name),
         "give a value, a goal, a total, a direction or a unit"}
    );
  }
  const auto known = state.records.measures.find({command.name, command.task, command.phase});
  if (known == state.records.measures.end() &&
      state.records.measures.size() >= limits::measures_per_pool) {
    return refuse(
        {"pool_full",
         fmt::format("a pool holds at most {} measures", limits::measures_per_pool),
         "use names that exist: evener measures"}
    );
  }
  Measured fact;
  static_cast<MeasureSpec&>(fact) = command;
  fact.worker = command.worker;
  if (known != state.records.measures.end()) fact.before = known->second.last;
  return {.facts = {std::move(fact)}};
}

Decision
decide_command(const Pool& pool, const Author&, const OpenChapter& command, const Moment&) {
  const State& state = pool.state();
  if (command.text.empty()) {
    return refuse({"missing_field", "a mark needs a text", "say what begins here"});
  }
  if (!command.worker.empty() && state.find_worker(command.worker) == no_worker) {
    return refuse(unknown_worker(command.worker));
  }
  return {
      .facts = {Marked{
          .chapter = state.records.chapters + 1,
          .text = command.text,
          .worker = command.worker,
          .before = state.records.last_mark
      }}
  };
}

}  // namespace evener
