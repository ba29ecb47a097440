// What a language model is told when a goal is to become tasks, and when its answer would not do.
#pragma once

#include <string>
#include <vector>

#include "cli/held_pool.h"
#include "core/plan_findings.h"

namespace evener {

struct DecomposeQuestion {
  std::string goal = {};
  std::string spec = {};           // what is known of it: a file's text
  std::string split = {};          // the task of `pool` that is to be split; "": none is
  const HeldPool* pool = nullptr;  // of which new tasks become a part; nullptr: there is none
};

// The whole question. Of the pool it tells what its workers can do, and, where a task is split,
// that task, what it needs and what needs it.
std::string decompose_prompt(const DecomposeQuestion& question);

// What is wrong with the last answer, and that it is to be said again.
std::string mend_prompt(const std::vector<std::string>& problems);

// A finding as a line for whoever made the plan.
std::string finding_line(const PlanFinding& finding);

// Whether the finding is worth another answer: an error, or a warning of what a plan can do about.
bool is_to_mend(const PlanFinding& finding);

}  // namespace evener
