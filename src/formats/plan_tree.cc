#include "formats/plan_tree.h"

#include <cmath>
#include <unordered_map>

#include "base/sha256.h"
#include "model/capability.h"

namespace evener {
namespace {

// The value in milliseconds of a text such as "3m", or of a time if the field is a deadline.
Result<Json> read_without_unit(
    const Json& json, std::string_view field, const Bounds& bounds, const Path& path
) {
  if (!json.is_string()) {
    return wrong_type(
        json,
        is_instant(field) ? "a time such as 2026-11-22T18:00:00Z"
                          : fmt::format("a duration such as \"3m\" (milliseconds go in {})", field),
        path
    );
  }
  const std::string_view text = json.get_string();
  const Result<std::int64_t> value = is_instant(field) ? parse_time(text) : parse_duration(text);
  if (!value.ok()) return Error{value.error().code, value.error().message, path.text()};
  if (*value >= bounds.min && *value <= bounds.max) return Json(*value);
  return wrong_type(
      json,
      is_instant(field) ? "a time after 1970"
                        : fmt::format("{} to {} milliseconds", bounds.min, bounds.max),
      path
  );
}

template <Described T>
std::vector<std::string_view> names_of(std::initializer_list<std::string_view> also = {}) {
  std::vector<std::string_view> names(also);
  const auto add = [&](std::string_view field) {
    names.push_back(field);
    if (!name_without_unit(field).empty()) names.push_back(name_without_unit(field));
  };
  std::apply([&](const auto&... described) { (add(described.name), ...); }, T::fields());
  return names;
}

class TreeReader {
 public:
  TreeReader(Document& document, Plan& plan, Problems& problems)
      : document_(document), plan_(plan), problems_(problems) {}

  void read() {
    const Path root;
    if (!document_.root.is_object()) {
      return problem(wrong_type(document_.root, "an object", root));
    }
    JsonObject& object = document_.root.get_object();
    if (object.empty()) {
      return problem({"empty_plan", "the file says nothing; expected a plan", ""});
    }
    drop_unknown(object, {plan_parts.begin(), plan_parts.end()}, root);
    read_part(object, "pool", plan_.card);
    read_settings(object);
    read_defaults(object);
    read_specs(object, "worker", "workers", plan_.workers, &WorkerSpec::name);
    read_specs(object, "machine", "machines", plan_.machines, &Machine::name);
    read_specs(object, "phase", "phases", plan_.phases, &PhaseSpec::id);
    read_specs(object, "gate", "gates", plan_.gates, &GateSpec::id);
    read_tasks(object, root, nullptr);
    read_measures(object);
    read_schedules(object);
  }

 private:
  // A list under its singular name, which reads well in TOML, or its plural, which does in JSON.
  struct List {
    std::string_view name;
    JsonArray items;
  };

  void problem(Error error) { problems_.add(document_, std::move(error)); }

  // Reports members that are no fields and takes them out, so that one misspelling does not hide
  // the next problem.
  void drop_unknown(
      JsonObject& object, const std::vector<std::string_view>& known, const Path& path
  ) {
    std::vector<std::string> unknown;
    for (const auto& [name, value] : object) {
      if (std::find(known.begin(), known.end(), std::string_view(name)) == known.end()) {
        unknown.emplace_back(name);
      }
    }
    for (const std::string& name : unknown) {
      Error error = unknown_field(name, known, path);
      error.where = Path{&path, name, -1}.text();
      problem(std::move(error));
      object.erase(name);
    }
  }

  // Puts every field that came without its unit under its full name, in milliseconds.
  template <Described T>
  void add_units(JsonObject& object, const Path& path) {
    const auto convert = [&](std::string_view field, const Bounds& bounds) {
      const std::string_view shorter = name_without_unit(field);
      if (shorter.empty()) return;
      const Json* value = object.if_contains(shorter);
      if (value == nullptr) return;
      const Path place{&path, shorter, -1};
      if (object.contains(field)) {
        problem(
            {"bad_value", fmt::format("both '{}' and '{}' are given", shorter, field), place.text()}
        );
      } else if (value->is_null()) {
        object[field] = nullptr;
      } else {
        Result<Json> millis = read_without_unit(*value, field, bounds, place);
        if (millis.ok()) {
          object[field] = std::move(*millis);
        } else {
          problem(millis.error());
        }
      }
      object.erase(shorter);
    };
    std::apply(
        [&](const auto&... described) { (convert(described.name, described.bounds), ...); },
        T::fields()
    );
  }

  template <Described T>
  void read_described(Json& json, T& out, const Path& path) {
    if (!json.is_object()) return problem(wrong_type(json, "an object", path));
    drop_unknown(json.get_object(), names_of<T>(), path);
    add_units<T>(json.get_object(), path);
    const Status status = read_object(json, out, path);
    if (!status.ok()) problem(status.error());
  }

  template <Described T>
  void read_part(JsonObject& object, std::string_view name, T& out) {
    Json* json = object.if_contains(name);
    if (json != nullptr && !json->is_null()) read_described(*json, out, Path{nullptr, name, -1});
  }

  void read_settings(JsonObject& object) {
    if (!object.contains("settings")) return;
    PoolSettings& settings = plan_.settings.emplace();
    read_part(object, "settings", settings);
    const Path path{nullptr, "settings", -1};
    const Status sound = check_assignees(settings.escalate_to, Path{&path, "escalate_to", -1});
    if (!sound.ok()) problem(sound.error());
  }

  List take_list(
      JsonObject& object, const Path& path, std::string_view singular, std::string_view plural
  ) {
    if (object.contains(singular) && object.contains(plural)) {
      problem(
          {"bad_value",
           fmt::format("both '{}' and '{}' are given", singular, plural),
           Path{&path, plural, -1}.text()}
      );
      return {};
    }
    List list{object.contains(singular) ? singular : plural, {}};
    Json* json = object.if_contains(list.name);
    if (json == nullptr || json->is_null()) return list;
    if (json->is_array()) {
      list.items = std::move(json->get_array());
    } else {
      problem(wrong_type(*json, "a list", Path{&path, list.name, -1}));
    }
    return list;
  }

  template <Described T>
  void read_specs(
      JsonObject& object,
      std::string_view singular,
      std::string_view plural,
      std::vector<T>& out,
      std::string T::* id
  ) {
    const Path root;
    List list = take_list(object, root, singular, plural);
    const Path all{nullptr, list.name, -1};
    std::unordered_map<std::string, std::string> seen;
    for (std::size_t i = 0; i < list.items.size() && !problems_.full(); ++i) {
      const Path path{&all, {}, static_cast<std::int64_t>(i)};
      T& spec = out.emplace_back();
      read_described(list.items[i], spec, path);
      if constexpr (requires { spec.capabilities; }) {
        refuse_wants(spec.capabilities, Path{&path, "capabilities", -1});
      } else if constexpr (requires { spec.labels; }) {
        refuse_wants(spec.labels, Path{&path, "labels", -1});
      }
      refuse_second(seen, singular, spec.*id, path);
    }
  }

  // What a worker or machine has, not what a task wants.
  void refuse_wants(const std::vector<std::string>& capabilities, const Path& path) {
    const Status sound = check_offered(capabilities, path);
    if (!sound.ok()) problem(sound.error());
  }

  void read_measures(JsonObject& object) {
    const Path root;
    List list = take_list(object, root, "measure", "measures");
    const Path all{nullptr, list.name, -1};
    std::unordered_map<std::string, std::string> seen;
    for (std::size_t i = 0; i < list.items.size() && !problems_.full(); ++i) {
      const Path path{&all, {}, static_cast<std::int64_t>(i)};
      MeasureSpec& spec = plan_.measure_specs.emplace_back();
      read_described(list.items[i], spec, path);
      const std::string subject = spec.task.empty() ? spec.phase : "task " + spec.task;
      refuse_second(seen, "measure", spec.name + (subject.empty() ? "" : " of " + subject), path);
    }
  }

  // The task of a schedule is written as any other, but without an id.
  void read_schedules(JsonObject& object) {
    const Path root;
    List list = take_list(object, root, "schedule", "schedules");
    const Path all{nullptr, list.name, -1};
    std::unordered_map<std::string, std::string> seen;
    for (std::size_t i = 0; i < list.items.size() && !problems_.full(); ++i) {
      const Path path{&all, {}, static_cast<std::int64_t>(i)};
      if (list.items[i].is_object()) {
        Json* const task = list.items[i].get_object().if_contains("task");
        const Path place{&path, "task", -1};
        if (task != nullptr && task->is_object()) {
          drop_unknown(task->get_object(), names_of<TaskSpec>({"data_json"}), place);
          prepare_task(task->get_object(), place);
        }
      }
      ScheduleSpec& spec = plan_.schedules.emplace_back();
      read_described(list.items[i], spec, path);
      refuse_second(seen, "schedule", spec.id, path);
    }
  }

  void read_defaults(JsonObject& object) {
    Json* json = object.if_contains("defaults");
    if (json == nullptr || json->is_null()) return;
    const Path path{nullptr, "defaults", -1};
    if (!json->is_object()) return problem(wrong_type(*json, "an object", path));
    defaults_ = std::move(json->get_object());
    if (defaults_.erase("id") > 0) {
      problem({"bad_value", "every task has its own id", Path{&path, "id", -1}.text()});
    }
    drop_unknown(defaults_, names_of<TaskSpec>({"data_json"}), path);
    prepare_task(defaults_, path);
    TaskSpec unused;
    const Status status = read_object(Json(defaults_), unused, path);
    if (status.ok()) return;
    problem(status.error());
    defaults_.clear();  // they would fail again with every task
  }

  // What is the same for a task and for the defaults: `data_json`, and fields without their units.
  void prepare_task(JsonObject& object, const Path& path) {
    add_units<TaskSpec>(object, path);
    if (const Json* json = object.if_contains("data_json")) {
      const Path place{&path, "data_json", -1};
      Result<Json> data = read_data_json(*json, object.contains("data"), place);
      object.erase("data_json");
      if (!data.ok()) return problem(data.error());
      object["data"] = std::move(*data);
    }
    if (const Json* data = object.if_contains("data")) {
      const Status status = check_data(*data, Path{&path, "data", -1});
      if (status.ok()) return;
      problem(status.error());
      object.erase("data");
    }
  }

  static Result<Json> read_data_json(const Json& json, bool both, const Path& path) {
    if (both) return Error{"bad_value", "both 'data' and 'data_json' are given", path.text()};
    if (!json.is_string()) return wrong_type(json, "a text that holds JSON", path);
    return parse_json(std::string_view(json.get_string()), path.text());
  }

  void read_tasks(JsonObject& object, const Path& path, const std::string* parent) {
    List list = parent == nullptr ? take_list(object, path, "task", "tasks")
                                  : take_list(object, path, "subtask", "subtasks");
    const Path all{parent == nullptr ? nullptr : &path, list.name, -1};
    for (std::size_t i = 0; i < list.items.size() && !problems_.full(); ++i) {
      if (plan_.tasks.size() == tasks_per_plan) {
        return problem({"too_many", fmt::format("more than {} tasks", tasks_per_plan), all.text()});
      }
      read_task(list.items[i], Path{&all, {}, static_cast<std::int64_t>(i)}, parent);
    }
  }

  void read_task(Json& json, const Path& path, const std::string* parent) {
    if (!json.is_object()) return problem(wrong_type(json, "an object", path));
    JsonObject& object = json.get_object();
    drop_unknown(object, known_in_task_, path);
    JsonObject below;
    for (const std::string_view name : {"subtask", "subtasks"}) {
      if (Json* subtasks = object.if_contains(name)) {
        below[name] = std::move(*subtasks);
        object.erase(name);
      }
    }
    prepare_task(object, path);
    const bool names_parent = object.contains("parent");
    apply_defaults(object);
    TaskSpec task;
    Status status = read_object(json, task, path);
    if (status.ok() && parent != nullptr) {
      if (names_parent && task.parent != *parent) {
        problem(
            {"bad_value",
             fmt::format("stands under '{}' and names '{}' as its parent", *parent, task.parent),
             Path{&path, "parent", -1}.text()}
        );
      }
      task.parent = *parent;
    }
    if (status.ok()) status = check_task(task, path);
    if (!status.ok()) problem(status.error());
    finish_task(std::move(task), status.ok(), path, below);
  }

  void finish_task(TaskSpec task, bool sound, const Path& path, JsonObject& below) {
    const bool made = task.id.empty();
    if (made) task.id = id_of_title(task.title);
    const std::string_view kind = made ? "task whose id, made from its title, is" : "task";
    if (sound) refuse_second(seen_, kind, task.id, path);
    const std::string id = task.id;
    plan_.tasks.push_back(std::move(task));
    if (!below.empty()) read_tasks(below, path, &id);
  }

  void apply_defaults(JsonObject& object) const {
    for (const auto& [name, value] : defaults_) {
      if (name != "assignee_delay_ms" && !object.contains(name)) object[name] = value;
    }
    // A delay means nothing for a task that is meant for nobody.
    const Json* delay = defaults_.if_contains("assignee_delay_ms");
    const Json* assignee = object.if_contains("assignee");
    if (delay != nullptr && assignee != nullptr && !assignee->is_null() &&
        !object.contains("assignee_delay_ms")) {
      object["assignee_delay_ms"] = *delay;
    }
  }

  void refuse_second(
      std::unordered_map<std::string, std::string>& seen,
      std::string_view kind,
      const std::string& id,
      const Path& path
  ) {
    if (id.empty()) return;
    const std::string place = path.text();
    const auto [first, is_new] = seen.emplace(id, place);
    if (is_new) return;
    problem(duplicate_id(kind, id, document_.find(first->second).line, place));
  }

  Document& document_;
  Plan& plan_;
  Problems& problems_;
  JsonObject defaults_;
  std::unordered_map<std::string, std::string> seen_;  // task id -> path
  const std::vector<std::string_view> known_in_task_ =
      names_of<TaskSpec>({"subtask", "subtasks", "data_json"});
};

}  // namespace

std::string digest_of(const std::string& title) {
  return sha256_hex(title).substr(0, 8);
}

std::string id_of_title(const std::string& title) {
  std::string id = id_from_title(title);
  if (id == "task" && title.find_first_of("tT") == std::string::npos) id += "-" + digest_of(title);
  return id;
}

Status check_data(const Json& data, const Path& path) {
  if (data.is_double() && !std::isfinite(data.get_double())) {
    return Error{"bad_value", "a number beyond what a double holds", path.text()};
  }
  if (data.is_array()) {
    for (const Json& item : data.get_array()) TRY(check_data(item, path));
  } else if (data.is_object()) {
    for (const auto& [name, value] : data.get_object()) TRY(check_data(value, path));
  }
  return Done{};
}

Error duplicate_id(
    std::string_view kind, std::string_view id, std::int64_t first_line, std::string where
) {
  return {
      "duplicate_id",
      fmt::format("a second {} '{}'; the first is at line {}", kind, id, first_line),
      std::move(where)
  };
}

void read_plan_tree(Document& document, Plan& plan, Problems& problems) {
  TreeReader(document, plan, problems).read();
}

}  // namespace evener
