// What `evener plan` looks at: a plan's file, standard input, or the pool.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
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
  std::map<std::string, std::vector<std::string>> cancelled = {};  // and which of them need each
};

Result<PlanSource> plan_source_of_pool(Session& session);

// `text` of a file of that name. Fails as an import would.
Result<PlanSource> plan_source_of(std::string text, const std::string& file, PlanFormat format);

// What a file holds; of "-", standard input.
Result<std::string> read_plan_text(const std::string& file);

// `file`: "" is the pool.
Result<PlanSource> read_plan_source(Session& session, const std::string& file, PlanFormat format);

// Adds `FILE` and `--from`.
struct PlanSourceFlags {
  std::string file = {};
  std::string from = "detect";

  void add_to(CLI::App* verb);

  PlanFormat format() const { return enum_of<PlanFormat>(from).value_or(PlanFormat::detect); }
};

}  // namespace evener
