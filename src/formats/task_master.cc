#include "formats/task_master.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "formats/plan_check.h"
#include "formats/plan_tree.h"
#include "formats/status_words.h"
#include "formats/task_master_fields.h"
#include "formats/task_master_order.h"

namespace evener {
namespace {

constexpr std::size_t deepest_subtasks = 16;

struct Tag {
  std::string name;    // as the file has it
  std::string phase;   // "" if the file has no other tag than "master"
  std::string prefix;  // before the ids of its tasks
};

// A task, before its dependencies are known to name something.
struct Entry {
  TaskMasterTask task = {};
  std::string path = {};
  std::string address = {};  // "5.2": what dependencies of the same tag call it
  std::string parent = {};   // the address of its parent
  std::vector<std::string> dependencies = {};
  std::vector<std::string> order = {};  // of its subtasks, if it is not as usual
};

// An id or a dependency as text: 5, "5", 5.2 and "5.2" all have one.
Result<std::string> address_text(const Json& json, const Path& path) {
  if (json.is_int64()) return std::to_string(json.get_int64());
  if (json.is_uint64()) return std::to_string(json.get_uint64());
  if (json.is_double()) return fmt::format("{}", json.get_double());
  std::string text;
  if (!json.is_string()) return wrong_type(json, "a number or a text", path);
  TRY(read_value(json, text, id_bounds, path));
  return text;
}

std::vector<std::string> names_in(const JsonObject& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object) names.emplace_back(name);
  return names;
}

class TaskMasterReader {
 public:
  TaskMasterReader(Document& document, Plan& plan, Problems& problems)
      : document_(document), plan_(plan), problems_(problems) {}

  void read() {
    const Path root;
    if (!document_.root.is_object()) {
      return problem(wrong_type(document_.root, "an object", root));
    }
    JsonObject& object = document_.root.get_object();
    if (object.contains("tasks")) {
      read_untagged(object);
    } else {
      read_tagged(object);
    }
    refuse_cycle();
    for (std::size_t i = 0; i < plan_.tasks.size() && problems_.empty(); ++i) {
      const Status sound = check_task(plan_.tasks[i], Path{nullptr, paths_[i], -1});
      if (!sound.ok()) problem(sound.error());
    }
  }

 private:
  void problem(Error error) { problems_.add(document_, std::move(error)); }

  // What the file itself counts of its tasks, or of a tag's.
  void keep_total(const JsonObject& about, const std::string& name, const Path& path) {
    for (const std::string_view place : {"metadata", "meta"}) {
      const Json* json = about.if_contains(place);
      if (json == nullptr || !json->is_object()) continue;
      const Json* all = json->get_object().if_contains("taskCount");
      const Json* done = json->get_object().if_contains("completedCount");
      const bool counts = all != nullptr && done != nullptr && all->is_int64() && done->is_int64();
      if (!counts) continue;
      plan_.measures.push_back(
          {.name = name,
           .value = fmt::format("{} of {}", done->get_int64(), all->get_int64()),
           .counted = Counted::tasks,
           .part = done->get_int64(),
           .whole = all->get_int64(),
           .line = document_.find(Path{&path, place, -1}.text()).line}
      );
    }
  }

  void read_untagged(JsonObject& object) {
    keep_total(object, "tasks", Path{});
    JsonObject file{{"untagged", true}};
    JsonObject others;
    for (const auto& [name, value] : object) {
      if (name != "tasks") others[name] = value;
    }
    if (!others.empty()) file["fields"] = std::move(others);
    const std::size_t first = plan_.tasks.size();
    read_tag(object.at("tasks"), Tag{}, Path{nullptr, "tasks", -1}, {});
    keep_of_file(first, std::move(file));
  }

  // Members with a list `tasks` are tags, other members are the file's own.
  void read_tagged(JsonObject& object) {
    std::vector<std::string> tags;
    JsonObject empty;
    JsonObject others;
    for (const auto& [name, value] : object) {
      const Json* tasks = value.is_object() ? value.get_object().if_contains("tasks") : nullptr;
      if (tasks == nullptr) {
        others[name] = value;
      } else if (tasks->is_array() && tasks->get_array().empty()) {
        empty[name] = value;
      } else {
        tags.emplace_back(name);
      }
    }
    const bool only_master = tags.size() == 1 && tags.front() == master_tag;
    std::map<std::string, std::string> phases;
    for (const std::string& name : tags) {
      const Path root{nullptr, name, -1};
      keep_total(object.at(name).get_object(), name, root);
      const bool is_id = check_text(name, id_bounds, root).ok();
      Tag tag{name, is_id ? name : id_from_title(name), ""};
      if (!is_id) {
        plan_.notices.push_back(fmt::format("tag '{}' is read as phase '{}'", name, tag.phase));
      }
      if (name != master_tag) tag.prefix = tag.phase + ":";
      const auto [first, is_new] = phases.emplace(tag.phase, name);
      if (!is_new) {
        problem(
            {"duplicate_id",
             fmt::format("tags '{}' and '{}' make the same phase", first->second, name),
             root.text()}
        );
      }
      if (only_master) tag.phase.clear();
      JsonObject& body = object.at(name).get_object();
      JsonObject fields;
      for (const auto& [field, value] : body) {
        if (field != "tasks") fields[field] = value;
      }
      const std::size_t first_task = plan_.tasks.size();
      read_tag(body.at("tasks"), tag, Path{&root, "tasks", -1}, std::move(fields));
      if (!only_master) plan_phase(tag, first_task);
    }
    JsonObject file;
    if (tags != usual_tag_order(tags)) {
      JsonArray order;
      for (const std::string& name : tags) order.emplace_back(name);
      file["tags"] = std::move(order);
    }
    if (!empty.empty()) file["empty"] = std::move(empty);
    if (!others.empty()) file["fields"] = std::move(others);
    if (!file.empty()) keep_of_file(0, std::move(file));
  }

  // Tasks that an export of ours has put into a tag for want of a phase of their own make it none.
  void plan_phase(const Tag& tag, std::size_t first_task) {
    const auto first = plan_.tasks.begin() + static_cast<std::ptrdiff_t>(first_task);
    const bool is_used = std::any_of(first, plan_.tasks.end(), [&](const TaskSpec& task) {
      return task.phase == tag.phase;
    });
    if (is_used) plan_.planned_phases.push_back({.id = tag.phase, .title = tag.name});
  }

  // What stands beside the tasks is kept with one of them: see holder_of().
  void keep_of_file(std::size_t first, JsonObject file) {
    if (!problems_.empty()) return;
    if (plan_.tasks.size() == first) {
      plan_.notices.emplace_back("the file has no tasks; what it says beside them is not kept");
      return;
    }
    keep_with(holder_of(plan_.tasks, first), "file", std::move(file));
  }

  void keep_with(std::size_t index, std::string_view name, JsonObject value) {
    TaskSpec& holder = plan_.tasks[index];
    TaskMasterKept kept = kept_in_data(holder);
    TaskMasterTask again{.spec = holder, .word = stated_word(holder)};
    again.rest = std::move(kept.rest);
    again.form = std::move(kept.form);
    again.form[name] = std::move(value);
    again.spec.data.text = kept.foreign.empty() ? "" : to_text(Json(kept.foreign));
    if (again.word.empty()) again.word = "pending";
    const Path path{nullptr, paths_[index], -1};
    const Status status = keep_in_data(again, path);
    if (!status.ok()) return problem(status.error());
    holder.data = again.spec.data;
  }

  void read_tag(Json& tasks, const Tag& tag, const Path& path, JsonObject fields) {
    if (!tasks.is_array()) return problem(wrong_type(tasks, "a list of tasks", path));
    std::vector<Entry> entries;
    std::vector<std::string> order;
    JsonArray& list = tasks.get_array();
    for (std::size_t i = 0; i < list.size() && !problems_.full(); ++i) {
      const Path place{&path, {}, static_cast<std::int64_t>(i)};
      read_task(list[i], "", place, 0, entries, order);
    }
    const std::size_t first = plan_.tasks.size();
    add_entries(std::move(entries), tag);
    if (!problems_.empty() || plan_.tasks.size() == first) return;
    JsonObject about;
    if (!fields.empty()) about["fields"] = std::move(fields);
    if (!tag.phase.empty() && tag.phase != tag.name) about["name"] = tag.name;
    if (order != usual_order(order)) about["order"] = list_of(order);
    if (!about.empty()) keep_with(holder_of(plan_.tasks, first), "tag", std::move(about));
  }

  static JsonArray list_of(const std::vector<std::string>& texts) {
    JsonArray list;
    for (const std::string& text : texts) list.emplace_back(text);
    return list;
  }

  // Reads the task at the end of `entries`, its subtasks behind it, and adds its address to
  // `order`.
  void read_task(
      Json& json,
      const std::string& parent,
      const Path& path,
      std::size_t depth,
      std::vector<Entry>& entries,
      std::vector<std::string>& order
  ) {
    if (!json.is_object()) return problem(wrong_type(json, "a task object", path));
    if (depth > deepest_subtasks) {
      return problem(
          {"too_deep",
           fmt::format("subtasks below more than {} tasks", deepest_subtasks),
           path.text()}
      );
    }
    JsonObject object = std::move(json.get_object());
    const std::vector<std::string> names = names_in(object);
    Json subtasks;
    if (Json* below = object.if_contains("subtasks")) {
      subtasks = std::move(*below);
      object.stable_erase("subtasks");
    }
    Entry entry{.path = path.text(), .parent = parent};
    const Status status = read_fields(std::move(object), names, entry, path);
    if (!status.ok()) problem(status.error());
    order.push_back(entry.address);
    const std::size_t place = entries.size();
    const std::string address = entry.address;
    entries.push_back(std::move(entry));
    if (subtasks.is_null()) return;
    const Path all{&path, "subtasks", -1};
    if (!subtasks.is_array()) return problem(wrong_type(subtasks, "a list of tasks", all));
    JsonArray& list = subtasks.get_array();
    std::vector<std::string> below;
    for (std::size_t i = 0; i < list.size() && !problems_.full(); ++i) {
      const Path at{&all, {}, static_cast<std::int64_t>(i)};
      read_task(list[i], address, at, depth + 1, entries, below);
    }
    if (below != usual_order(below)) entries[place].order = std::move(below);
  }

  Status read_fields(
      JsonObject object, const std::vector<std::string>& names, Entry& entry, const Path& path
  ) {
    const Json* id = object.if_contains("id");
    if (id == nullptr) return Error{"missing_field", "'id' is missing", path.text()};
    const Json raw = *id;
    const std::string text = TRY(address_text(raw, Path{&path, "id", -1}));
    const bool is_whole = entry.parent.empty() || text.starts_with(entry.parent + ".");
    entry.address = is_whole ? text : entry.parent + "." + text;
    TRY(check_text(entry.address, id_bounds, Path{&path, "id", -1}));
    object.stable_erase("id");
    if (const Json* list = object.if_contains("dependencies")) {
      const Path all{&path, "dependencies", -1};
      if (!list->is_null()) {
        if (!list->is_array()) return wrong_type(*list, "a list of ids", all);
        const JsonArray& ids = list->get_array();
        for (std::size_t i = 0; i < ids.size(); ++i) {
          const Path at{&all, {}, static_cast<std::int64_t>(i)};
          entry.dependencies.push_back(TRY(address_text(ids[i], at)));
        }
      }
      object.stable_erase("dependencies");
    }
    entry.task = TRY(read_task_master_task(
        std::move(object), names, !entry.parent.empty(), "task " + entry.address, path
    ));
    if (raw != usual_id(local_of(entry.address, entry.parent))) entry.task.form["id"] = raw;
    return Done{};
  }

  void add_entries(std::vector<Entry> entries, const Tag& tag) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto [first, is_new] = places.emplace(entries[i].address, i);
      if (is_new || entries[i].address.empty()) continue;
      const std::int64_t line = document_.find(entries[first->second].path).line;
      problem(duplicate_id("task", entries[i].address, line, entries[i].path));
    }
    if (!problems_.empty()) return;
    if (plan_.tasks.size() + entries.size() > tasks_per_plan) {
      return problem({"too_many", fmt::format("more than {} tasks", tasks_per_plan), ""});
    }
    for (Entry& entry : entries) name_entry(entry, tag);
    for (Entry& entry : entries) {
      const Status status = resolve(entry, entries, places);
      if (!status.ok()) problem(status.error());
    }
    if (!problems_.empty()) return;
    for (Entry& entry : entries) {
      if (entry.parent.empty()) continue;
      entry.task.spec.parent = entries[places.at(entry.parent)].task.spec.id;
    }
    for (Entry& entry : entries) add_entry(entry);
  }

  void name_entry(Entry& entry, const Tag& tag) {
    TaskSpec& spec = entry.task.spec;
    const Path path{nullptr, entry.path, -1};
    spec.id = tag.prefix + entry.address;
    spec.phase = tag.phase;
    const auto take = [&](std::string_view name, std::string& out) {
      const Json* value = entry.task.overrides.if_contains(name);
      if (value == nullptr) return;
      if (value->is_string() && value->get_string().empty()) {
        out.clear();
      } else {
        const Status status = read_value(*value, out, id_bounds, Path{&path, name, -1});
        if (!status.ok()) problem(status.error());
      }
    };
    take("id", spec.id);
    take("phase", spec.phase);
    const Status sound = check_text(spec.id, id_bounds, Path{&path, "id", -1});
    if (!sound.ok()) return problem(sound.error());
    const auto [first, is_new] = seen_.emplace(spec.id, entry.path);
    if (is_new) return;
    problem(duplicate_id("task", spec.id, document_.find(first->second).line, entry.path));
  }

  // A bare id in a subtask is a sibling's, if there is one, else a task's.
  Status resolve(
      Entry& entry,
      const std::vector<Entry>& entries,
      const std::unordered_map<std::string, std::size_t>& places
  ) {
    const Path above{nullptr, entry.path, -1};
    std::vector<Need> needs;
    const auto add = [&](const Need& need) {
      const auto same = [&](const Need& old) { return old.task == need.task; };
      if (std::none_of(needs.begin(), needs.end(), same)) needs.push_back(need);
    };
    for (const std::string& text : entry.dependencies) {
      auto found = entry.parent.empty() ? places.end() : places.find(entry.parent + "." + text);
      if (found == places.end()) found = places.find(text);
      if (found == places.end()) {
        return Error{
            "need_missing",
            fmt::format("task {} depends on '{}', which is not there", entry.address, text),
            Path{&above, "dependencies", -1}.text()
        };
      }
      add({entries[found->second].task.spec.id, Until::done});
    }
    if (const Json* ours = entry.task.overrides.if_contains("needs")) {
      std::vector<Need> written;
      TRY(read_value(
          *ours,
          written,
          {.max_bytes = limits::id_bytes, .form = TextForm::id, .max_items = limits::needs_per_task
          },
          Path{&above, "metadata", -1}
      ));
      for (const Need& need : written) {
        std::erase_if(needs, [&](const Need& old) { return old.task == need.task; });
        needs.push_back(need);
      }
    }
    if (needs.size() > limits::needs_per_task) {
      return Error{
          "too_many",
          fmt::format("more than {} dependencies", limits::needs_per_task),
          Path{&above, "dependencies", -1}.text()
      };
    }
    entry.task.spec.needs = std::move(needs);
    return Done{};
  }

  void add_entry(Entry& entry) {
    if (!entry.order.empty()) entry.task.form["order"] = list_of(entry.order);
    TaskSpec& spec = entry.task.spec;
    const Status kept = keep_in_data(entry.task, Path{nullptr, entry.path, -1});
    if (!kept.ok()) return problem(kept.error());
    if (const auto state = state_of_word(entry.task.word)) {
      ImportedState known{.task = spec.id, .status = std::string(*state), .word = entry.task.word};
      const Assignee assignee = parse_assignee(spec.assignee);
      if (assignee.kind == AssigneeKind::worker) known.worker = assignee.name;
      plan_.states.push_back(std::move(known));
    }
    for (std::string& notice : entry.task.notices) plan_.notices.push_back(std::move(notice));
    paths_.push_back(entry.path);
    plan_.tasks.push_back(std::move(spec));
  }

  void refuse_cycle() {
    if (!problems_.empty()) return;
    const std::vector<std::string> cycle = cycle_among(plan_.tasks);
    if (cycle.empty()) return;
    problem(
        {"cycle",
         fmt::format("these would wait for one another for ever: {}", fmt::join(cycle, " -> ")),
         seen_.at(cycle.front())}
    );
  }

  Document& document_;
  Plan& plan_;
  Problems& problems_;
  std::unordered_map<std::string, std::string> seen_;  // task id -> path
  std::vector<std::string> paths_;                     // of each of the plan's tasks
};

bool is_task_list(const Json& json) {
  if (!json.is_array()) return false;
  return std::any_of(json.get_array().begin(), json.get_array().end(), [](const Json& task) {
    if (!task.is_object()) return false;
    const JsonObject& object = task.get_object();
    const Json* id = object.if_contains("id");
    return (id != nullptr && id->is_number()) || object.contains("testStrategy") ||
           object.contains("dependencies");
  });
}

}  // namespace

bool is_task_master(const JsonObject& object) {
  if (const Json* tasks = object.if_contains("tasks")) return is_task_list(*tasks);
  return std::any_of(object.begin(), object.end(), [](const auto& member) {
    const Json& value = member.value();
    if (!value.is_object()) return false;
    const Json* tasks = value.get_object().if_contains("tasks");
    return tasks != nullptr && tasks->is_array();
  });
}

void read_task_master(Document& document, Plan& plan, Problems& problems) {
  TaskMasterReader(document, plan, problems).read();
}

}  // namespace evener
