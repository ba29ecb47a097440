#include "model/task.h"

#include <algorithm>
#include <cctype>

#include "model/capability.h"

namespace evener {
namespace {

// How many lists and objects stand inside one another at most.
std::size_t depth_of(std::string_view json) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Status Need::read(const Json& json, Need& out, const Bounds& bounds, const Path& path) {
  if (json.is_string()) return read_text(json, out.task, bounds, path);
  if (!json.is_object()) return wrong_type(json, "a task id or {task, until}", path);
  for (const auto& [name, value] : json.get_object()) {
    if (name == "task") {
      TRY(read_text(value, out.task, bounds, Path{&path, "task", -1}));
    } else if (name == "until") {
      TRY(read_value(value, out.until, {}, Path{&path, "until", -1}));
    } else {
      return unknown_field(name, {"task", "until"}, path);
    }
  }
  if (out.task.empty()) return Error{"missing_field", "'task' is missing", path.text()};
  return Done{};
}

void Need::append_to(std::string& out) const {
  if (until == Until::done) {
    append_json_string(out, task);
    return;
  }
  out += "{\"task\":";
  append_json_string(out, task);
  out += ",\"until\":";
  append_json_string(out, name_of(until));
  out += '}';
}

Json Need::schema(const Bounds& bounds) {
  const Json id = schema_of_value<std::string>(bounds);
  return JsonObject{
      {"oneOf",
       JsonArray{
           id,
           JsonObject{
               {"type", "object"},
               {"properties", JsonObject{{"task", id}, {"until", schema_of_value<Until>({})}}},
               {"required", JsonArray{"task"}},
               {"additionalProperties", false}
           }
       }}
  };
}

Status check_task(const TaskSpec& task, const Path& path) {
  const std::string text = to_json_text(task);
  if (text.size() > limits::task_bytes) {
    return Error{
        "too_large",
        fmt::format("a task of {} bytes; at most {} fit", text.size(), limits::task_bytes),
        path.text()
    };
  }
  if (depth_of(task.data.text) > limits::data_depth) {
    return Error{
        "too_deep",
        fmt::format("more than {} levels of JSON", limits::data_depth),
        Path{&path, "data", -1}.text()
    };
  }
  if (task.title.empty() && task.id.empty()) {
    return Error{"missing_field", "a task needs an 'id' or a 'title'", path.text()};
  }
  if (task.assignee_delay_ms && task.assignee.empty()) {
    return Error{"missing_field", "'assignee_delay_ms' needs an 'assignee'", path.text()};
  }
  TRY(check_wanted(task.capabilities, Path{&path, "requires", -1}));
  TRY(check_wanted(task.prefers, Path{&path, "prefers", -1}));
  for (std::size_t i = 0; i < task.secrets.size(); ++i) {
    if (is_secret_name(task.secrets[i])) continue;
    const Path secrets{&path, "secrets", -1};
    return Error{
        "bad_value",
        fmt::format(
            "'{}' cannot name a secret; expected capitals, digits and _, e.g. DEPLOY_KEY, and "
            "nothing that begins with EVENER_",
            task.secrets[i]
        ),
        Path{&secrets, {}, static_cast<std::int64_t>(i)}.text()
    };
  }
  if (task.assignee.empty()) return Done{};
  return check_assignee(task.assignee, Path{&path, "assignee", -1});
}

Status check_assignee(const std::string& assignee, const Path& path) {
  if (!parse_assignee(assignee).name.empty()) return Done{};
  return Error{
      "bad_value",
      fmt::format("'{}' names nobody; expected e.g. walnut-1 or role:reviewer", assignee),
      path.text()
  };
}

Status check_assignees(const std::vector<std::string>& assignees, const Path& path) {
  for (std::size_t i = 0; i < assignees.size(); ++i) {
    TRY(check_assignee(assignees[i], Path{&path, {}, static_cast<std::int64_t>(i)}));
  }
  return Done{};
}

bool is_secret_name(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name.empty() || name.size() > limits::id_bytes / 2 || is_digit(name.front())) return false;
  return !name.starts_with("EVENER_") && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
  });
}

std::string secret_capability(std::string_view name) {
  return fmt::format("secret:{}", name);
}

std::vector<std::string> required_capabilities(const TaskSpec& task) {
  std::vector<std::string> out = task.capabilities;
  for (const std::string& secret : task.secrets) out.push_back(secret_capability(secret));
  return out;
}

std::string id_from_title(std::string_view title) {
  constexpr std::size_t longest = 48;
  std::string id;
  for (const char c : title) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
    if (id.size() == longest) break;
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id.empty() ? "task" : id;
}

Assignee parse_assignee(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    if (const auto kind = enum_of<AssigneeKind>(text.substr(0, colon))) {
      return {*kind, std::string(text.substr(colon + 1))};
    }
  }
  return {AssigneeKind::worker, std::string(text)};
}

}  // namespace evener
