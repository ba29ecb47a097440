#include <fmt/format.h>

#include "formats/document.h"
#include "formats/instance_lines.h"
#include "formats/schedule_instance.h"
#include "model/limits.h"

namespace evener {
namespace {

Result<std::string_view> line_of(
    std::string_view text, const std::string& file, std::int64_t line
) {
  std::int64_t number = 1;
  for (; number < line; ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (number == line && !text.empty()) return text;
  return Error{
      "bad_value",
      fmt::format("expected an instance in line {}, found the end of the file", line),
      fmt::format("{}:{}", file, number)
  };
}

std::string text_member(const JsonObject& object, std::string_view name) {
  const Json* const found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

class WorkflowReading {
 public:
  explicit WorkflowReading(const Document& document) : document_(document) {}

  Result<ScheduleInstance> read() {
    if (!document_.root.is_object()) return wrong("an object with tasks", "");
    const JsonObject& object = document_.root.get_object();
    ScheduleInstance instance;
    instance.name = text_member(object, "name");
    instance.family = text_member(object, "family");
    instance.plan.settings = instance_settings();
    const Json* const classes = object.if_contains("classes");
    if (classes != nullptr) {
      if (!classes->is_array()) return wrong("a list of classes", "classes");
      for (const Json& name : classes->get_array()) {
        if (!name.is_string()) return wrong("the name of a class", "classes");
        classes_.push_back(id_from_title(std::string_view(name.get_string())));
      }
    }
    const Json* const tasks = object.if_contains("tasks");
    if (tasks == nullptr || !tasks->is_array()) return wrong("a list of tasks", "tasks");
    const JsonArray& list = tasks->get_array();
    if (list.empty() || std::ssize(list) > tasks_per_instance) {
      return wrong(fmt::format("1 to {} tasks", tasks_per_instance), "tasks");
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      instance.plan.tasks.push_back(TRY(read_task(list[i], static_cast<std::int64_t>(i))));
    }
    return instance;
  }

 private:
  Error wrong(std::string_view wanted, const std::string& path) const {
    return {"bad_value", fmt::format("expected {}", wanted), document_.place(path)};
  }

  // [duration_ms, class, [predecessors], title]; predecessors come earlier in the list.
  Result<TaskSpec> read_task(const Json& json, std::int64_t number) const {
    const std::string path = fmt::format("tasks[{}]", number);
    const JsonArray* const parts = json.if_array();
    if (parts == nullptr || parts->size() < 3 || parts->size() > 4 || !(*parts)[2].is_array()) {
      return wrong("[duration_ms, class, [predecessors]] and perhaps a title", path);
    }
    TaskSpec task{.id = fmt::format("t{}", number)};
    const Path duration{nullptr, "duration", -1};
    std::int64_t takes = 0;
    const Status read = read_int((*parts)[0], takes, {.max = limits::longest_duration}, duration);
    if (!read.ok()) return wrong("a duration in whole milliseconds", path);
    task.estimate_ms = takes;
    std::int64_t kind = 0;
    const auto classes = static_cast<std::int64_t>(classes_.size());
    const Status known = read_int((*parts)[1], kind, {.max = classes - 1}, duration);
    if (classes > 0) {
      if (!known.ok()) return wrong("the number of one of the classes", path);
      task.kind = classes_[static_cast<std::size_t>(kind)];
    }
    for (const Json& need : (*parts)[2].get_array()) {
      std::int64_t before = 0;
      const Status is_one = read_int(need, before, {.max = number - 1}, duration);
      if (!is_one.ok()) return wrong("predecessors that stand before the task", path);
      task.needs.push_back({fmt::format("t{}", before), Until::done});
    }
    if (parts->size() == 4) {
      const Json& title = (*parts)[3];
      if (!title.is_string()) return wrong("a title", path);
      task.title = std::string(title.get_string()).substr(0, limits::title_bytes);
    }
    return task;
  }

  const Document& document_;
  std::vector<std::string> classes_;
};

}  // namespace

Result<ScheduleInstance> read_workflow_line(
    std::string_view text, const std::string& file, std::int64_t line
) {
  const std::string_view json = TRY(line_of(text, file, line));
  const Document document = TRY(read_json_document(json, file, line));
  return WorkflowReading(document).read();
}

}  // namespace evener
