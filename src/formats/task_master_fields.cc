#include "formats/task_master_fields.h"

#include <algorithm>
#include <array>

#include "formats/plan_tree.h"
#include "formats/status_words.h"

namespace evener {
namespace {

struct PriorityWord {
  std::string_view word;
  Priority priority;
};

constexpr std::array<PriorityWord, 4> priority_words = {{
    {"critical", Priority::urgent},
    {"high", Priority::high},
    {"medium", Priority::normal},
    {"low", Priority::low},
}};

constexpr std::string_view overrides_key = "evener";

class TaskFields {
 public:
  TaskFields(JsonObject object, const std::string& label, const Path& path)
      : label_(label), path_(path) {
    read_.rest = std::move(object);
  }

  Result<TaskMasterTask> read() {
    TRY(take_text("title", read_.spec.title, {.max_bytes = limits::title_bytes}));
    TRY(take_text("description", read_.spec.description, text_bounds));
    TRY(take_text("details", read_.spec.context, text_bounds));
    take_status();
    take_priority();
    take_assignee();
    take_criteria();
    take_paths();
    const Json* test = rest().if_contains("testStrategy");
    if (test != nullptr && test->is_string() && test->get_string().empty()) {
      rest().stable_erase("testStrategy");
    }
    TRY(take_overrides());
    return std::move(read_);
  }

 private:
  JsonObject& rest() { return read_.rest; }

  Status take_text(std::string_view name, std::string& out, const Bounds& bounds) {
    const Json* json = rest().if_contains(name);
    if (json == nullptr || !json->is_string()) return Done{};
    TRY(read_value(*json, out, bounds, Path{&path_, name, -1}));
    rest().stable_erase(name);
    return Done{};
  }

  void notice(std::string_view name, std::string_view what) {
    read_.notices.push_back(fmt::format("{}: '{}' {}", label_, name, what));
  }

  void take_status() {
    const Json* json = rest().if_contains("status");
    if (json == nullptr) return;
    const Bounds bounds{.max_bytes = limits::id_bytes};
    if (!json->is_string() ||
        !check_text(std::string_view(json->get_string()), bounds, path_).ok()) {
      return notice("status", "is no word; it is kept in data and has no effect");
    }
    read_.word = json->get_string();
    if (!read_.word.empty() && !state_of_word(read_.word)) {
      notice("status", fmt::format("is '{}', which we do not know: read as pending", read_.word));
    }
    rest().stable_erase("status");
  }

  void take_priority() {
    const Json* json = rest().if_contains("priority");
    if (json == nullptr) return;
    const auto priority = json->is_string()
                              ? priority_of_task_master(std::string_view(json->get_string()))
                              : std::nullopt;
    if (!priority) {
      return notice("priority", "is none of critical, high, medium, low; it is kept in data");
    }
    read_.spec.priority = *priority;
    rest().stable_erase("priority");
  }

  void take_assignee() {
    const Json* json = rest().if_contains("assignee");
    if (json == nullptr || !json->is_string() || json->get_string().empty()) return;
    const std::string name(json->get_string());
    TaskSpec probe{.id = "probe", .assignee = name};
    if (check_text(name, id_bounds, path_).ok() && check_task(probe, path_).ok()) {
      read_.spec.assignee = name;
      rest().stable_erase("assignee");
      return;
    }
    read_.spec.assignee = id_from_title(name);
    notice("assignee", fmt::format("'{}' is read as worker '{}'", name, read_.spec.assignee));
  }

  // A list of lines is a checklist; anything else stays as it is.
  void take_criteria() {
    const Json* json = rest().if_contains("acceptanceCriteria");
    if (json == nullptr) return;
    const Bounds bounds{.max_bytes = limits::line_bytes, .max_items = limits::criteria_per_task};
    std::vector<std::string> criteria;
    if (!read_value(*json, criteria, bounds, path_).ok()) {
      return notice("acceptanceCriteria", "is no list of lines; it is kept in data");
    }
    read_.spec.criteria = std::move(criteria);
    rest().stable_erase("acceptanceCriteria");
  }

  // Paths, or objects that have one and say more, which stay as they are.
  void take_paths() {
    const Json* json = rest().if_contains("relevantFiles");
    if (json == nullptr || !json->is_array()) return;
    const Bounds bounds{.max_bytes = limits::line_bytes, .max_items = limits::names_per_task};
    std::vector<std::string> paths;
    bool only_paths = true;
    for (const Json& file : json->get_array()) {
      const Json* path = file.is_object() ? file.get_object().if_contains("path") : &file;
      only_paths = only_paths && file.is_string();
      if (path == nullptr || !path->is_string() ||
          !check_text(std::string_view(path->get_string()), bounds, path_).ok() ||
          paths.size() == bounds.max_items) {
        return notice("relevantFiles", "is no list of paths; it is kept in data");
      }
      paths.emplace_back(path->get_string());
    }
    read_.spec.paths = std::move(paths);
    if (only_paths) rest().stable_erase("relevantFiles");
  }

  // `metadata.evener` holds what we have written for ourselves.
  Status take_overrides() {
    Json* metadata = rest().if_contains("metadata");
    if (metadata == nullptr || !metadata->is_object()) return Done{};
    JsonObject& object = metadata->get_object();
    Json* ours = object.if_contains(overrides_key);
    if (ours == nullptr) return Done{};
    const Path above{&path_, "metadata", -1};
    const Path here{&above, overrides_key, -1};
    if (!ours->is_object()) return wrong_type(*ours, "an object", here);
    JsonObject overrides = std::move(ours->get_object());
    for (const std::string_view name : {"id", "phase", "needs"}) {
      const Json* value = overrides.if_contains(name);
      if (value == nullptr) continue;
      read_.overrides[name] = *value;
      overrides.stable_erase(name);
    }
    TRY(read_object(Json(std::move(overrides)), read_.spec, here));
    object.stable_erase(overrides_key);
    if (object.empty()) rest().stable_erase("metadata");
    return Done{};
  }

  TaskMasterTask read_;
  const std::string& label_;
  const Path& path_;
};

}  // namespace

namespace {

// Without what is appended where it is not said: by everybody `subtasks` and `status`, and, to the
// usual names, those in `also`.
std::vector<std::string> without_appended(
    std::vector<std::string> names, const std::vector<std::string>& also
) {
  const auto drop_last = [&](const std::string& name) {
    if (!names.empty() && names.back() == name) names.pop_back();
  };
  drop_last("subtasks");
  drop_last("status");
  for (auto name = also.rbegin(); name != also.rend(); ++name) drop_last(*name);
  return names;
}

}  // namespace

std::string_view task_master_priority(Priority priority) {
  for (const PriorityWord& row : priority_words) {
    if (row.priority == priority) return row.word;
  }
  return "medium";
}

std::optional<Priority> priority_of_task_master(std::string_view word) {
  for (const PriorityWord& row : priority_words) {
    if (row.word == word) return row.priority;
  }
  return std::nullopt;
}

const std::vector<std::string>& usual_names(bool is_subtask) {
  static const std::vector<std::string> task{
      "id",
      "title",
      "description",
      "status",
      "dependencies",
      "priority",
      "details",
      "testStrategy",
      "subtasks"
  };
  static const std::vector<std::string> subtask{
      "id", "title", "description", "status", "dependencies", "details"
  };
  return is_subtask ? subtask : task;
}

const std::vector<std::string>& appended_names() {
  static const std::vector<std::string> names{
      "priority", "acceptanceCriteria", "relevantFiles", "assignee"
  };
  return names;
}

Result<TaskMasterTask> read_task_master_task(
    JsonObject object,
    const std::vector<std::string>& names,
    bool is_subtask,
    const std::string& label,
    const Path& path
) {
  TaskMasterTask read = TRY(TaskFields(std::move(object), label, path).read());
  std::vector<std::string> order = names;
  if (!read.rest.contains("metadata")) std::erase(order, "metadata");
  const std::vector<std::string> usual = without_appended(usual_names(is_subtask), {});
  if (without_appended(order, appended_names()) != usual) {
    JsonArray written;
    for (const std::string& name : without_appended(order, {})) written.emplace_back(name);
    read.form["fields"] = std::move(written);
  }
  return read;
}

Status keep_in_data(TaskMasterTask& task, const Path& path) {
  JsonObject data;
  if (!task.spec.data.text.empty()) {
    Json own = TRY(parse_json(task.spec.data.text));
    if (!own.is_object()) return Done{};  // it is ours, and no place for anything else
    data = std::move(own.get_object());
  }
  if (!task.rest.empty()) data[task_master_key] = task.rest;
  if (!task.form.empty()) data[task_master_form_key] = task.form;
  const Path place{&path, "data", -1};
  const Json whole(std::move(data));
  TRY(check_data(whole, place));
  if (!whole.get_object().empty()) {
    TRY(read_value(whole, task.spec.data, {.max_bytes = limits::data_bytes}, place));
  }
  if (task.word != "pending") set_stated_word(task.spec, task.word);
  return Done{};
}

TaskMasterKept kept_in_data(const TaskSpec& spec) {
  TaskMasterKept kept;
  if (spec.data.text.empty()) return kept;
  Result<Json> data = parse_json(spec.data.text);
  if (!data.ok() || !data->is_object()) return kept;
  for (auto& [name, value] : data->get_object()) {
    if (name == task_master_key && value.is_object()) {
      kept.rest = std::move(value.get_object());
    } else if (name == task_master_form_key && value.is_object()) {
      kept.form = std::move(value.get_object());
    } else {
      kept.foreign[name] = std::move(value);
    }
  }
  kept.foreign.stable_erase("stated");
  return kept;
}

}  // namespace evener
