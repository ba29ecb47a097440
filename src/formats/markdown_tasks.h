// The tasks of a Markdown plan while it is read: one may be named in several places, each of which
// says something more of it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "formats/document.h"
#include "formats/plan.h"

namespace evener {

// One place that names a task.
struct TaskMention {
  TaskSpec spec = {};  // its id, if it has a number; its parent, if it stands below one
  std::string word = {};
  std::int64_t line = 0;
  std::int64_t section = 0;  // counts headings: within one, a number stands once
};

class MentionedTasks {  // Invariant: ids are unique; a parent stands before its subtasks.
 public:
  // The task's id. A task without number gets one from its parent and title. Fails with
  // `duplicate_id` for a second task of that name, `bad_id` for one that is too long.
  Result<std::string> add(TaskMention mention);

  bool contains(const std::string& id) const { return places_.contains(id); }

  TaskSpec& spec(const std::string& id) { return tasks_[places_.at(id)].spec; }

  const std::string& word(const std::string& id) const { return tasks_[places_.at(id)].word; }

  // A remark that it is done, from somewhere that is no list of tasks.
  void say_done(const std::string& id) { done_.insert(id); }

  // More text that stands below it.
  void describe(const std::string& id, std::string_view text);

  // Into the plan, with their states. `file` is for problems: a cycle is one.
  void finish(const std::string& file, Plan& plan, Problems& problems);

 private:
  Status name_by_title(TaskSpec& spec) const;
  Result<std::string> add_new(TaskMention mention);
  void merge(TaskMention& task, TaskMention mention);
  Error second(const std::string& id, std::int64_t first_line) const;
  void settle_states();
  void add_state(const TaskMention& task, Plan& plan) const;

  std::vector<TaskMention> tasks_;
  std::map<std::string, std::size_t> places_;
  std::set<std::string> implied_;  // parents that only their subtasks' numbers name
  std::set<std::string> done_;
  std::vector<std::string> notices_;
};

}  // namespace evener
