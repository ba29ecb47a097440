// Phases, gates and blockers as text.
#include <fmt/format.h>

#include "views/text.h"

namespace evener {
namespace {

Colour colour_of(GateState state) {
  switch (state) {
    case GateState::open:
      return Colour::green;
    case GateState::approval:
      return Colour::yellow;
    case GateState::begun:
      return Colour::bold;
    case GateState::waiting:
      break;
  }
  return Colour::dim;
}

Colour colour_of(Priority severity) {
  return severity == Priority::urgent || severity == Priority::high ? Colour::red : Colour::yellow;
}

std::string day_and_time(std::optional<Instant> at) {
  constexpr std::size_t to_minutes = 16;  // 2026-11-21T12:00
  return at ? format_time(*at).substr(0, to_minutes) : "";
}

std::string said_of(const PhaseRow& row) {
  if (row.state != GateState::open) return row.waits;
  std::string out = row.opened_ms ? "since " + day_and_time(row.opened_ms) : "";
  if (!row.approved_by.empty()) {
    out += fmt::format("{}approved by {}", out.empty() ? "" : ", ", row.approved_by);
  }
  if (!row.approval_reason.empty()) out += ": " + row.approval_reason;
  return out;
}

}  // namespace

std::string phases_text(const PhaseListView& view, const Style& style) {
  if (view.phases.empty()) return "no phase or gate: evener phase NAME, evener gate NAME TASK...\n";
  Table table;
  table.columns = {
      {"PHASE OR GATE", false, true},
      {"STATE"},
      {"TASKS", true},
      {"RUNNING", true},
      {"BEGUN"},
      {"PLANNED END"},
      {"WHAT", false, true}
  };
  for (const PhaseRow& row : view.phases) {
    table.rows.push_back(
        {{row.id, Colour::bold},
         {std::string(
              row.is_phase || row.state != GateState::begun ? name_of(row.state) : "closed"
          ),
          colour_of(row.state)},
         {fmt::format("{}/{}", row.over, row.tasks)},
         {std::to_string(row.running)},
         {day_and_time(row.started_ms)},
         {day_and_time(row.planned_end_ms)},
         {said_of(row)}}
    );
  }
  return table.text(style);
}

std::string blockers_text(const BlockerListView& view, const Style& style) {
  if (view.blockers.empty()) return "no open blocker\n";
  Table table;
  table.columns = {
      {"BLOCKER", true},
      {"SEVERITY"},
      {"TASK", false, true},
      {"STOPS"},
      {"OPEN FOR", true},
      {"UP TO", false, true},
      {"ESCALATES"},
      {"TEXT", false, true}
  };
  for (const BlockerRow& row : view.blockers) {
    const std::string next =
        row.escalates_in_ms
            ? fmt::format("in {} to {}", format_duration(*row.escalates_in_ms), row.escalates_to)
            : "";
    table.rows.push_back(
        {{std::to_string(row.blocker)},
         {std::string(name_of(row.severity)), colour_of(row.severity)},
         {row.task, Colour::bold},
         {std::string(name_of(row.stops))},
         {format_duration(row.open_for_ms)},
         {row.asked.empty() ? row.owner : row.asked},
         {next},
         {row.text}}
    );
  }
  return table.text(style);
}

}  // namespace evener
