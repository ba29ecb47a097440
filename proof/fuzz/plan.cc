// Plan files of all formats: TOML, JSON, the framework's, Task Master's, Markdown. The first byte
// names the format. What was read as ours is written, and read again as the same.
#include "formats/plan.h"

#include "fuzz/target.h"

namespace evener::fuzz {
namespace {

constexpr std::string_view names_of_files[] = {
    "plan",
    "plan.toml",
    "plan.json",
    "pool.json",
    "pool.jsonl",
    "board.json",
    "tasks.json",
    "plan.md"
};

void check_written(Plan plan) {
  plan.states.clear();
  plan.notices.clear();
  const Result<Plan> toml = read_plan(write_plan_toml(plan), "again.toml", PlanFormat::toml);
  CHECK(toml.ok(), toml.ok() ? "" : toml.error().text());
  CHECK(*toml == plan, "written as TOML, it is another plan");
  const Result<Plan> json = read_plan(write_plan_json(plan), "again.json", PlanFormat::json);
  CHECK(json.ok(), json.ok() ? "" : json.error().text());
  CHECK(*json == plan, "written as JSON, it is another plan");
}

}  // namespace
}  // namespace evener::fuzz

FUZZ_TARGET(plan) {
  const unsigned choice = take_choice(bytes) % std::size(names_of_files);
  const auto format = static_cast<PlanFormat>(choice);
  const std::string name(names_of_files[choice]);
  Result<Plan> plan = read_plan(bytes, name, format);
  const std::vector<Error> problems = plan_problems(bytes, name, format);
  CHECK(
      plan.ok() == problems.empty(),
      "a plan that can be read has problems, or one that cannot has none"
  );
  const PlanFormat found = plan_format(bytes, name, format);
  if (plan.ok() && (found == PlanFormat::toml || found == PlanFormat::json)) {
    check_written(std::move(*plan));
  }
}
