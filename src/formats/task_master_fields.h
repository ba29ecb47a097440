// One task object of tasks.json and our description of it, both ways, without what depends on where
// it stands: its id, parent, phase and needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/plan.h"

namespace evener {

// `data` of a task that came from tasks.json: fields that are not ours, as they were; and how the
// object was written, where that is not as usual.
inline constexpr std::string_view master_tag = "master";  // of tasks that stand under no other
inline constexpr std::string_view task_master_key = "task_master";
inline constexpr std::string_view task_master_form_key = "task_master_form";

// A task object that was taken apart.
struct TaskMasterTask {
  TaskSpec spec = {};
  std::string word = {};      // of its status, "" if it has none
  JsonObject overrides = {};  // `metadata.evener`: id, phase and needs, if other than they look
  JsonObject rest = {};       // fields that are not ours
  JsonObject form = {};       // how it was written
  std::vector<std::string> notices = {};
};

// Takes the object apart. `id`, `dependencies` and `subtasks` are left to the caller: they must
// have been taken out. `names` are the object's names, as it was written; `label` names it in
// notices.
Result<TaskMasterTask> read_task_master_task(
    JsonObject object,
    const std::vector<std::string>& names,
    bool is_subtask,
    const std::string& label,
    const Path& path
);

// Puts `rest` and `form` into the spec's data, and the word that was stated.
Status keep_in_data(TaskMasterTask& task, const Path& path);

// What keep_in_data() has put there.
struct TaskMasterKept {
  JsonObject rest;
  JsonObject form;
  JsonObject foreign;  // data that is somebody else's
};

TaskMasterKept kept_in_data(const TaskSpec& spec);

// The fields of an object in the order in which they are usually written, and those that follow
// them where they say something.
const std::vector<std::string>& usual_names(bool is_subtask);
const std::vector<std::string>& appended_names();

// Our priority's word, and back.
std::string_view task_master_priority(Priority priority);
std::optional<Priority> priority_of_task_master(std::string_view word);

}  // namespace evener
