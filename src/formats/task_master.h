// Task Master's tasks.json, both ways: tagged ({"master": {"tasks": [...]}, ...}) or in its older
// form ({"tasks": [...]}). What our tasks have a place for is mapped (docs/plan-format.md has the
// table), and all else is kept in `data` and written back; what Task Master has no place for stands
// in its `metadata.evener`. So a file that was read and written says the same, and a pool that was
// written and read again has not changed.
#pragma once

#include <map>
#include <string>

#include "formats/document.h"
#include "formats/plan.h"

namespace evener {

// Whether a JSON object is such a file, by its look.
bool is_task_master(const JsonObject& object);

// The document's tree is used up. Dependencies that name nothing are `need_missing`, those that
// form a cycle `cycle`.
void read_task_master(Document& document, Plan& plan, Problems& problems);

// The text of tasks.json for a pool. `states` has our word for every task's state, by its id; a
// task that it does not name is pending.
std::string write_task_master(const Plan& plan, const std::map<std::string, std::string>& states);

}  // namespace evener
