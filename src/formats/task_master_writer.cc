// A pool as tasks.json: what Task Master has a field for goes there, and what reading that back
// would not give again goes into `metadata.evener`.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "formats/status_words.h"
#include "formats/task_master.h"
#include "formats/task_master_fields.h"
#include "formats/task_master_order.h"

namespace evener {
namespace {

// The text of an id or dependency in the file; nothing if it is neither number nor text.
std::string text_of(const Json& json) {
  if (json.is_int64()) return std::to_string(json.get_int64());
  if (json.is_uint64()) return std::to_string(json.get_uint64());
  if (json.is_double()) return fmt::format("{}", json.get_double());
  return json.is_string() ? std::string(json.get_string()) : std::string();
}

std::vector<std::string> texts_in(const JsonObject& form, std::string_view name) {
  std::vector<std::string> texts;
  const Json* list = form.if_contains(name);
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : list->get_array()) texts.push_back(text_of(item));
  return texts;
}

const JsonObject* object_in(const JsonObject& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

JsonArray array_of(const std::vector<std::string>& texts) {
  JsonArray list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

// The fields in which two descriptions differ, as `wanted` has them. Where a task stands, what it
// needs and its data are not compared.
JsonObject differences(const TaskSpec& wanted, const TaskSpec& read) {
  JsonObject out;
  const auto compare = [&](const auto& described) {
    constexpr std::array apart{"id", "parent", "phase", "needs", "data"};
    if (std::find(apart.begin(), apart.end(), described.name) != apart.end()) return;
    if (wanted.*described.member == read.*described.member) return;
    std::string text;
    append_value(text, wanted.*described.member);
    Result<Json> value = parse_json(text);
    CHECK(value.ok(), "a field is not JSON");
    out[described.name] = std::move(*value);
  };
  std::apply([&](const auto&... described) { (compare(described), ...); }, TaskSpec::fields());
  return out;
}

class TaskMasterWriter {
 public:
  TaskMasterWriter(const Plan& plan, const std::map<std::string, std::string>& states)
      : tasks_(plan.tasks), states_(states) {
    for (std::size_t i = 0; i < tasks_.size(); ++i) places_.emplace(tasks_[i].id, i);
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      kept_.push_back(kept_in_data(tasks_[i]));
      const auto parent = places_.find(tasks_[i].parent);
      if (parent == places_.end()) {
        tags_[tag_of(tasks_[i])].push_back(i);
      } else {
        children_[parent->second].push_back(i);
      }
    }
    tag_.resize(tasks_.size());
    address_.resize(tasks_.size());
  }

  std::string text() {
    only_master_ = tags_.size() == 1 && tags_.contains(std::string(master_tag));
    for (auto& [tag, roots] : tags_) {
      for (const std::size_t root : roots) place(root, tag, "");
      order(roots, form_of_tag(roots));
    }
    for (auto& [parent, list] : children_) order(list, kept_[parent].form);
    return to_pretty_text(whole()) + "\n";
  }

 private:
  static std::string tag_of(const TaskSpec& task) {
    return task.phase.empty() ? std::string(master_tag) : task.phase;
  }

  static std::string prefix_of(const std::string& tag) {
    return tag == master_tag ? "" : tag + ":";
  }

  const JsonObject& form_of_tag(const std::vector<std::size_t>& roots) const {
    static const JsonObject none;
    for (const std::size_t root : roots) {
      if (const JsonObject* about = object_in(kept_[root].form, "tag")) return *about;
    }
    return none;
  }

  const JsonObject& form_of_file() const {
    static const JsonObject none;
    for (const TaskMasterKept& kept : kept_) {
      if (const JsonObject* about = object_in(kept.form, "file")) return *about;
    }
    return none;
  }

  // Gives the task and those below it their addresses in the file.
  void place(std::size_t task, const std::string& tag, const std::string& parent) {
    const std::string& id = tasks_[task].id;
    std::string address = id;
    if (parent.empty()) {
      const std::string prefix = prefix_of(tag);
      if (id.starts_with(prefix) && id.size() > prefix.size()) address = id.substr(prefix.size());
    } else {
      address = parent + "." + local_of(id, tasks_[task].parent);
    }
    while (!used_.emplace(tag, address).second) address += "_";
    tag_[task] = tag;
    address_[task] = address;
    by_address_.emplace(std::pair(tag, address), task);
    const auto below = children_.find(task);
    if (below == children_.end()) return;
    for (const std::size_t child : below->second) place(child, tag, address);
  }

  // As the file had them, if it was not as usual.
  void order(std::vector<std::size_t>& list, const JsonObject& form) const {
    std::stable_sort(list.begin(), list.end(), [&](std::size_t a, std::size_t b) {
      return comes_before(address_[a], address_[b]);
    });
    const std::vector<std::string> stated = texts_in(form, "order");
    if (stated.empty()) return;
    std::stable_sort(list.begin(), list.end(), [&](std::size_t a, std::size_t b) {
      return std::find(stated.begin(), stated.end(), address_[a]) <
             std::find(stated.begin(), stated.end(), address_[b]);
    });
  }

  Json whole() {
    const JsonObject& file = form_of_file();
    const bool untagged = only_master_ && file.contains("untagged");
    JsonObject out;
    if (untagged || tags_.empty()) {
      const auto tag = tags_.find(std::string(master_tag));
      JsonArray tasks = tag == tags_.end() ? JsonArray() : list_of(tag->second);
      if (untagged) {
        out["tasks"] = std::move(tasks);
      } else {
        out[master_tag] = JsonObject{{"tasks", std::move(tasks)}};
      }
    } else {
      write_tags(file, out);
    }
    if (const JsonObject* empty = object_in(file, "empty")) add_missing(*empty, out);
    if (const JsonObject* fields = object_in(file, "fields")) add_missing(*fields, out);
    return out;
  }

  static void add_missing(const JsonObject& from, JsonObject& out) {
    for (const auto& [name, value] : from) {
      if (!out.contains(name)) out[name] = value;
    }
  }

  void write_tags(const JsonObject& file, JsonObject& out) {
    std::map<std::string, std::string> names;  // of each tag, as the file has it -> ours
    std::vector<std::string> sequence;
    for (const auto& [tag, roots] : tags_) {
      const JsonObject& about = form_of_tag(roots);
      const Json* stated = about.if_contains("name");
      const std::string name = stated != nullptr ? text_of(*stated) : tag;
      names.emplace(name, tag);
      sequence.push_back(name);
    }
    sequence = usual_tag_order(std::move(sequence));
    const std::vector<std::string> stated = texts_in(file, "tags");
    if (!stated.empty()) {
      std::stable_sort(sequence.begin(), sequence.end(), [&](const auto& a, const auto& b) {
        return std::find(stated.begin(), stated.end(), a) <
               std::find(stated.begin(), stated.end(), b);
      });
    }
    for (const std::string& name : sequence) {
      const std::vector<std::size_t>& roots = tags_.at(names.at(name));
      JsonObject body{{"tasks", list_of(roots)}};
      if (const JsonObject* fields = object_in(form_of_tag(roots), "fields")) {
        add_missing(*fields, body);
      }
      out[name] = std::move(body);
    }
  }

  JsonArray list_of(const std::vector<std::size_t>& tasks) {
    JsonArray out;
    for (const std::size_t task : tasks) out.emplace_back(object_of(task));
    return out;
  }

  JsonObject object_of(std::size_t task) {
    const TaskSpec& spec = tasks_[task];
    const bool is_subtask = places_.contains(spec.parent);
    std::vector<std::string> names = texts_in(kept_[task].form, "fields");
    const bool is_usual = names.empty();
    if (is_usual) {
      names = usual_names(is_subtask);
      std::erase(names, "subtasks");
    }
    JsonObject out;
    for (const std::string& name : names) write_field(task, name, false, out);
    if (is_usual) {
      for (const std::string& name : appended_names()) {
        if (!out.contains(name)) write_field(task, name, true, out);
      }
    }
    if (!out.contains("status")) write_field(task, "status", false, out);
    JsonObject overrides = overrides_of(task, out, is_subtask);
    if (!overrides.empty()) {
      Json& metadata = out["metadata"];
      if (metadata.is_null()) metadata = JsonObject();
      if (metadata.is_object()) metadata.get_object()["evener"] = std::move(overrides);
    }
    const auto below = children_.find(task);
    if (below != children_.end()) {
      out["subtasks"] = list_of(below->second);
    } else if (!is_subtask && !out.contains("subtasks")) {
      out["subtasks"] = JsonArray();
    }
    return out;
  }

  // `optional`: only if it says something.
  void write_field(std::size_t task, const std::string& name, bool optional, JsonObject& out)
      const {
    const TaskSpec& spec = tasks_[task];
    const TaskMasterKept& kept = kept_[task];
    const auto add = [&](bool says_something, Json value) {
      if (says_something || !optional) out[name] = std::move(value);
    };
    if (const Json* rest = kept.rest.if_contains(name)) {
      out[name] = *rest;
    } else if (name == "id") {
      out[name] = id_of(task);
    } else if (name == "title") {
      add(true, Json(spec.title));
    } else if (name == "description") {
      add(true, Json(spec.description));
    } else if (name == "details") {
      add(true, Json(spec.context));
    } else if (name == "testStrategy") {
      add(true, Json(""));
    } else if (name == "status") {
      add(true, Json(status_of(spec)));
    } else if (name == "priority") {
      add(spec.priority != Priority::normal, Json(task_master_priority(spec.priority)));
    } else if (name == "dependencies") {
      add(true, dependencies_of(task));
    } else if (name == "subtasks") {
      add(true, JsonArray());
    } else if (name == "acceptanceCriteria") {
      add(!spec.criteria.empty(), array_of(spec.criteria));
    } else if (name == "relevantFiles") {
      add(!spec.paths.empty(), array_of(spec.paths));
    } else if (name == "assignee" && !spec.assignee.empty()) {
      add(true, Json(spec.assignee));
    }
  }

  std::string status_of(const TaskSpec& spec) const {
    const auto state = states_.find(spec.id);
    const std::string_view word =
        state == states_.end() ? "ready" : std::string_view(state->second);
    return std::string(word_of_state(word, stated_word(spec)));
  }

  Json id_of(std::size_t task) const {
    const std::string parent = parent_address(task);
    const std::string& address = address_[task];
    if (const Json* raw = kept_[task].form.if_contains("id")) {
      const std::string text = text_of(*raw);
      if (text == address || (!parent.empty() && parent + "." + text == address)) return *raw;
    }
    const std::string local = local_of(address, parent);
    return local.starts_with(parent + ".") ? Json(address) : usual_id(local);
  }

  std::string parent_address(std::size_t task) const {
    const auto parent = places_.find(tasks_[task].parent);
    return parent == places_.end() ? std::string() : address_[parent->second];
  }

  // What a dependency of the task that is written as `text` is read as.
  std::string read_as(std::size_t task, const std::string& text) const {
    const std::string parent = parent_address(task);
    const auto at = [&](const std::string& address) {
      return by_address_.find(std::pair(tag_[task], address));
    };
    auto found = parent.empty() ? by_address_.end() : at(parent + "." + text);
    if (found == by_address_.end()) found = at(text);
    return found == by_address_.end() ? std::string() : tasks_[found->second].id;
  }

  // The text for a need, or "" if the file cannot say it.
  std::string dependency_on(std::size_t task, const std::string& id) const {
    const auto target = places_.find(id);
    if (target == places_.end() || tag_[target->second] != tag_[task]) return "";
    const std::string parent = parent_address(task);
    const std::string& address = address_[target->second];
    const bool is_sibling = !parent.empty() && parent_address(target->second) == parent;
    const std::string text = is_sibling ? local_of(address, parent) : address;
    return read_as(task, text) == id ? text : "";
  }

  JsonArray dependencies_of(std::size_t task) const {
    JsonArray out;
    for (const Need& need : tasks_[task].needs) {
      const std::string text = dependency_on(task, need.task);
      if (!text.empty()) out.push_back(usual_id(text));
    }
    return out;
  }

  // What reading `written` would not give again.
  JsonObject overrides_of(std::size_t task, const JsonObject& written, bool is_subtask) const {
    const TaskSpec& spec = tasks_[task];
    JsonObject plain = written;
    plain.stable_erase("id");
    plain.stable_erase("dependencies");
    plain.stable_erase("subtasks");
    const Path path;
    const Result<TaskMasterTask> read =
        read_task_master_task(std::move(plain), {}, is_subtask, spec.id, path);
    JsonObject out;
    const std::string& tag = tag_[task];
    if (prefix_of(tag) + address_[task] != spec.id) out["id"] = spec.id;
    if (spec.phase != (only_master_ ? "" : tag)) out["phase"] = spec.phase;
    const bool says_all = written.contains("dependencies") || spec.needs.empty();
    const bool is_plain = std::all_of(spec.needs.begin(), spec.needs.end(), [&](const Need& need) {
      return need.until == Until::done && !dependency_on(task, need.task).empty();
    });
    if (!is_plain || !says_all) {
      const Result<Json> needs = parse_json(to_json_text(spec.needs));
      CHECK(needs.ok(), "needs are not JSON");
      out["needs"] = *needs;
    }
    JsonObject others = differences(spec, read.ok() ? read->spec : TaskSpec{});
    for (auto& [name, value] : others) out[name] = std::move(value);
    const Json foreign = foreign_data(task);
    if (!foreign.is_null()) out["data"] = foreign;
    return out;
  }

  Json foreign_data(std::size_t task) const {
    const TaskMasterKept& kept = kept_[task];
    if (!kept.foreign.empty()) return kept.foreign;
    if (tasks_[task].data.text.empty()) return nullptr;
    const Result<Json> data = parse_json(tasks_[task].data.text);
    return data.ok() && !data->is_object() ? *data : Json(nullptr);
  }

  const std::vector<TaskSpec>& tasks_;
  const std::map<std::string, std::string>& states_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<TaskMasterKept> kept_;
  std::map<std::string, std::vector<std::size_t>> tags_;  // the tasks without parent
  std::map<std::size_t, std::vector<std::size_t>> children_;
  std::vector<std::string> tag_;
  std::vector<std::string> address_;
  std::set<std::pair<std::string, std::string>> used_;
  std::map<std::pair<std::string, std::string>, std::size_t> by_address_;
  bool only_master_ = false;
};

}  // namespace

std::string write_task_master(const Plan& plan, const std::map<std::string, std::string>& states) {
  return TaskMasterWriter(plan, states).text();
}

}  // namespace evener
