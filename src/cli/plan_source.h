// What `evener plan` looks at: a plan's file, standard input, or the pool.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/session.h"
#include "formats/plan.h"

namespace evener {

struct PlanSource {
  std::string name = {};  // of the file, or of the pool
  bool is_pool = false;
  std::string text = {};                  // of the file
  Plan plan = {};                         // all of it
  std::vector<TaskSpec> unfinished = {};  // its tasks that are not over, without needs that are
};

// `file`: "" is the pool, "-" standard input. Fails as an import would.
Result<PlanSource> read_plan_source(Session& session, const std::string& file, PlanFormat format);

// Everything that standard input holds. Fails with `too_large`.
Result<std::string> read_plan_text(const std::string& file);

// Adds `FILE` and `--from`.
struct PlanSourceFlags {
  std::string file = {};
  std::string from = "detect";

  void add_to(CLI::App* verb);

  PlanFormat format() const { return enum_of<PlanFormat>(from).value_or(PlanFormat::detect); }
};

}  // namespace evener
