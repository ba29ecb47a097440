// The JSON Schema of plans, from the same description of fields that reads and writes them.
#include "formats/plan.h"
#include "formats/plan_tree.h"

namespace evener {
namespace {

// The schema of T, with the second names of its fields that carry a unit.
template <Described T>
JsonObject schema_with_short_names() {
  JsonObject schema = std::move(schema_of<T>().get_object());
  JsonObject& properties = schema["properties"].get_object();
  const auto add = [&](std::string_view field, std::string_view doc) {
    const std::string_view shorter = name_without_unit(field);
    if (shorter.empty()) return;
    JsonObject text{{"type", "string"}, {"description", fmt::format("{} ({})", doc, field)}};
    if (is_instant(field)) {
      text["examples"] = JsonArray{"2026-11-22T18:00:00Z"};
    } else {
      text["pattern"] = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$|^[0-9]+(\\.[0-9]+)?$";
      text["examples"] = JsonArray{"3m", "1h30m"};
    }
    properties[shorter] = std::move(text);
  };
  std::apply(
      [&](const auto&... described) { (add(described.name, described.doc), ...); }, T::fields()
  );
  return schema;
}

JsonObject reference(std::string_view name) {
  return {{"$ref", fmt::format("#/$defs/{}", name)}};
}

JsonObject list_of(std::string_view name, std::string_view description) {
  return {{"type", "array"}, {"items", reference(name)}, {"description", description}};
}

JsonObject task_schema() {
  JsonObject schema = schema_with_short_names<TaskSpec>();
  JsonObject& properties = schema["properties"].get_object();
  properties["data_json"] = JsonObject{
      {"type", "string"}, {"description", "`data` as JSON text, for what TOML cannot say (null)"}
  };
  return schema;
}

JsonObject schedule_schema() {
  JsonObject schema = schema_with_short_names<ScheduleSpec>();
  JsonObject task = task_schema();
  task["properties"].get_object().stable_erase("id");
  task["description"] = "What every instance is like; it has no id";
  schema["properties"].get_object()["task"] = std::move(task);
  return schema;
}

}  // namespace

Json plan_schema() {
  JsonObject defaults = task_schema();
  defaults["properties"].get_object().stable_erase("id");
  defaults["description"] = "For every task that leaves the field out";
  JsonObject task = task_schema();
  task["anyOf"] = JsonArray{
      JsonObject{{"required", JsonArray{"id"}}}, JsonObject{{"required", JsonArray{"title"}}}
  };
  constexpr std::string_view below = "Its subtasks; their parent is this task";
  task["properties"].get_object()["subtask"] = list_of("task", below);
  task["properties"].get_object()["subtasks"] = list_of("task", below);
  return JsonObject{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "An Evener plan"},
      {"type", "object"},
      {"minProperties", 1},
      {"additionalProperties", false},
      {"properties",
       JsonObject{
           {"$schema", JsonObject{{"type", "string"}}},
           {"pool", reference("pool")},
           {"settings", reference("settings")},
           {"defaults", reference("defaults")},
           {"worker", list_of("worker", "Who takes tasks")},
           {"workers", list_of("worker", "Who takes tasks")},
           {"phase", list_of("phase", "Groups of tasks, and what each comes after")},
           {"phases", list_of("phase", "Groups of tasks, and what each comes after")},
           {"gate", list_of("gate", "Points that open when their tasks are done")},
           {"gates", list_of("gate", "Points that open when their tasks are done")},
           {"machine", list_of("machine", "The hosts that workers run on")},
           {"machines", list_of("machine", "The hosts that workers run on")},
           {"task", list_of("task", "What is to be done")},
           {"tasks", list_of("task", "What is to be done")},
           {"measure", list_of("measure", "Numbers with a goal")},
           {"measures", list_of("measure", "Numbers with a goal")},
           {"schedule", list_of("schedule", "Tasks that come again")},
           {"schedules", list_of("schedule", "Tasks that come again")},
       }},
      {"$defs",
       JsonObject{
           {"pool", schema_with_short_names<PoolCard>()},
           {"settings", schema_with_short_names<PoolSettings>()},
           {"defaults", std::move(defaults)},
           {"worker", schema_with_short_names<WorkerSpec>()},
           {"phase", schema_with_short_names<PhaseSpec>()},
           {"gate", schema_with_short_names<GateSpec>()},
           {"machine", schema_with_short_names<Machine>()},
           {"task", std::move(task)},
           {"measure", schema_with_short_names<MeasureSpec>()},
           {"schedule", schedule_schema()},
       }},
  };
}

}  // namespace evener
