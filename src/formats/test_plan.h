// For the tests of plan files: what was read, and looking things up in it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "formats/plan.h"

namespace evener {

inline Plan plan_in(std::string_view text, const std::string& file) {
  Result<Plan> plan = read_plan(text, file);
  EXPECT_TRUE(plan.ok()) << plan.error().text();
  return plan.ok() ? *plan : Plan{};
}

inline const TaskSpec& task(const Plan& plan, std::string_view id) {
  static const TaskSpec none;
  for (const TaskSpec& spec : plan.tasks) {
    if (spec.id == id) return spec;
  }
  ADD_FAILURE() << "no task " << id;
  return none;
}

inline const WorkerSpec& worker(const Plan& plan, std::string_view name) {
  static const WorkerSpec none;
  for (const WorkerSpec& spec : plan.workers) {
    if (spec.name == name) return spec;
  }
  ADD_FAILURE() << "no worker " << name;
  return none;
}

inline std::string status(const Plan& plan, std::string_view id) {
  for (const ImportedState& state : plan.states) {
    if (state.task == id) return state.status;
  }
  return "";
}

inline std::vector<std::string> ids(const Plan& plan) {
  std::vector<std::string> all;
  for (const TaskSpec& spec : plan.tasks) all.push_back(spec.id);
  return all;
}

// How many tasks stand below none, and how many below one.
inline std::pair<std::size_t, std::size_t> counts(const Plan& plan) {
  std::size_t below = 0;
  for (const TaskSpec& spec : plan.tasks) below += spec.parent.empty() ? 0U : 1U;
  return {plan.tasks.size() - below, below};
}

}  // namespace evener
