#include "cli/import_preview.h"

#include <fmt/format.h>

#include "formats/kept_measures.h"
#include "views/terminal.h"

namespace evener {
namespace {

JsonArray list_of(const std::vector<std::string>& texts) {
  JsonArray list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

JsonObject object_of(const ImportedState& state) {
  return {{"task", state.task}, {"state", state.status}, {"worker", state.worker}};
}

JsonObject object_of(const PlannedPhase& phase) {
  return {
      {"id", phase.id},
      {"title", phase.title},
      {"text", phase.text},
      {"participants", list_of(phase.participants)}
  };
}

JsonObject object_of(const IntegrationPoint& point) {
  return {
      {"id", point.id},
      {"title", point.title},
      {"text", point.text},
      {"tasks", list_of(point.tasks)},
      {"between", list_of(point.between)},
      {"line", point.line}
  };
}

JsonObject object_of(const StatedMeasure& measure) {
  return {
      {"name", measure.name},
      {"value", measure.value},
      {"goal", measure.goal},
      {"line", measure.line}
  };
}

JsonObject object_of(const PlanNote& note) {
  return {{"task", note.task}, {"worker", note.worker}, {"text", note.text}, {"line", note.line}};
}

JsonObject object_of(const UnreadLine& unread) {
  return {{"line", unread.line}, {"text", unread.text}};
}

JsonObject object_of(const RecordDifference& record) {
  JsonArray fields;
  for (const FieldChange& field : record.fields) {
    fields.push_back(JsonObject{
        {"field", field.name},
        {"from", parse_json(field.from).value()},
        {"to", parse_json(field.to).value()}
    });
  }
  return {
      {"kind", record.kind},
      {"name", record.name},
      {"new", record.is_new},
      {"fields", std::move(fields)}
  };
}

template <typename T>
JsonArray objects_of(const std::vector<T>& items) {
  JsonArray list;
  for (const T& item : items) list.push_back(object_of(item));
  return list;
}

std::string state_text(const ImportedState& state) {
  const std::string& word = state.word.empty() ? state.status : state.word;
  const bool is_under_way = state.status == "running" || state.status == "reviewing";
  std::string text = fmt::format("{} is {}", state.task, word);
  if (!state.worker.empty()) text += fmt::format(", by {}", state.worker);
  const bool is_let_go = state.status == "ready" || state.status == "waiting";
  if (is_under_way) text += ": it would be offered again, without a lease";
  if (is_let_go) text += ": it would no longer be held";
  return text;
}

std::string left_measure_text(const StatedMeasure& measure) {
  std::string text = fmt::format("measure {} (line {})", measure.name, measure.line);
  if (!measure.value.empty()) text += ": " + measure.value;
  if (!measure.goal.empty()) text += fmt::format(", to be {}", measure.goal);
  return text + ": it holds no number, and would not be kept";
}

std::string record_text(const RecordDifference& record) {
  if (record.name.empty()) return "would change the " + values_text(record);
  if (record.is_new) {
    const std::string_view colon = record.about.empty() ? "" : ": ";
    return fmt::format("would add the {} {}{}{}", record.kind, record.name, colon, record.about);
  }
  std::vector<std::string_view> fields;
  for (const FieldChange& field : record.fields) fields.push_back(field.name);
  return fmt::format(
      "would change the {} {}: {}", record.kind, record.name, fmt::join(fields, ", ")
  );
}

}  // namespace

JsonObject preview_json(
    const Plan& plan, const ImportDifference& difference, const std::vector<std::string>& measures
) {
  JsonArray changed;
  for (const TaskDifference& task : difference.changed) {
    changed.push_back(JsonObject{{"task", task.task}, {"fields", list_of(task.fields)}});
  }
  JsonObject out{
      {"tasks", plan.tasks.size()},
      {"would_add", list_of(difference.added)},
      {"would_change", std::move(changed)},
      {"unchanged", difference.unchanged},
      {"states", objects_of(difference.states)},
      {"would_set", objects_of(difference.records)},
      {"workers", plan.workers.size()},
      {"machines", plan.machines.size()},
      {"stated", list_of(measures)},
  };
  out["phases"] = objects_of(plan.planned_phases);
  for (const PhaseSpec& phase : plan.phases) {
    out["phases"].get_array().push_back(parse_json(to_json_text(phase)).value());
  }
  out["gates"] = JsonArray{};
  for (const GateSpec& gate : plan.gates) {
    out["gates"].get_array().push_back(parse_json(to_json_text(gate)).value());
  }
  out["points"] = objects_of(plan.points);
  out["measures"] = objects_of(plan.measures);
  for (const MeasureSpec& measure : plan.measure_specs) {
    out["measures"].get_array().push_back(parse_json(to_json_text(measure)).value());
  }
  out["schedules"] = JsonArray{};
  for (const ScheduleSpec& schedule : plan.schedules) {
    out["schedules"].get_array().push_back(parse_json(to_json_text(schedule)).value());
  }
  out["notes"] = objects_of(plan.notes);
  out["unread"] = objects_of(plan.unread);
  return out;
}

std::string preview_text(
    const Plan& plan, const ImportDifference& difference, const std::vector<std::string>& measures
) {
  std::string out;
  const auto line = [&](const std::string& text) { out += safe_text(text) + "\n"; };
  std::map<std::string, const TaskSpec*> tasks;
  for (const TaskSpec& task : plan.tasks) tasks.emplace(task.id, &task);
  for (const std::string& id : difference.added) {
    const TaskSpec& task = *tasks.at(id);
    const std::string meant = task.assignee.empty() ? "" : ", for " + task.assignee;
    line(fmt::format("would add {}{}{}{}", id, task.title.empty() ? "" : ": ", task.title, meant));
  }
  for (const TaskDifference& task : difference.changed) {
    line(fmt::format("would change {}: {}", task.task, fmt::join(task.fields, ", ")));
  }
  for (const ImportedState& state : difference.states) line(state_text(state));
  for (const RecordDifference& record : difference.records) line(record_text(record));
  for (const StatedMeasure& measure : kept_measures(plan.measures).left) {
    line(left_measure_text(measure));
  }
  for (const std::string& measure : measures) line(measure);
  for (const UnreadLine& unread : plan.unread) {
    line(fmt::format("line {} is not read: {}", unread.line, unread.text));
  }
  out += fmt::format(
      "would add {}, change {}, leave {} as they are; nothing was imported",
      difference.added.size(),
      difference.changed.size(),
      difference.unchanged
  );
  return out;
}

}  // namespace evener
