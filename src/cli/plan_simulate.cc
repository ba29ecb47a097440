// `evener plan simulate`: a plan, or a published instance, played on a virtual clock.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/file.h"
#include "base/seeded.h"
#include "cli/plan_verb.h"
#include "core/simulation.h"
#include "formats/schedule_instance.h"
#include "model/capability.h"
#include "views/simulation_svg.h"
#include "views/simulation_text.h"

namespace evener {
namespace {

struct SimulateOptions {
  std::string file;
  std::string format = "evener";
  std::int64_t line = 1;
  std::int64_t workers = 0;  // 0: the plan's own
  double noise = 0;
  std::uint64_t seed = 1;
  std::string order = "pool";
  std::string svg;
};

Result<ScheduleInstance> read_simulated(const SimulateOptions& options) {
  const std::string text = TRY(read_file(options.file));
  if (const auto format = enum_of<InstanceFormat>(options.format)) {
    return read_schedule_instance(text, options.file, *format, options.line);
  }
  ScheduleInstance instance;
  instance.plan = TRY(read_plan(text, options.file));
  return instance;
}

void replace_workers(SimulatedPlan& plan, std::int64_t count) {
  std::vector<std::string> all;
  for (TaskSpec& task : plan.tasks) {
    task.assignee.clear();
    task.assignee_delay_ms.reset();
    for (const std::string& wanted : required_capabilities(task)) all.push_back(offer_for(wanted));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  plan.workers.clear();
  for (std::int64_t i = 1; i <= count; ++i) {
    plan.workers.push_back({.name = fmt::format("worker-{}", i), .capabilities = all});
  }
  for (TrueDuration& duration : plan.durations) duration.by_worker.clear();
}

// A task without estimate takes what the pool assumes; a parent takes nothing beyond its subtasks.
// Who has which secret is said to runners and not in plans, so secrets keep nobody from a task
// here.
Result<SimulatedPlan> simulated_plan(ScheduleInstance instance, const SimulateOptions& options) {
  SimulatedPlan plan;
  plan.settings = instance.plan.settings.value_or(PoolSettings{});
  std::set<std::string_view> parents;
  for (const TaskSpec& task : instance.plan.tasks) parents.insert(task.parent);
  for (std::size_t i = 0; i < instance.plan.tasks.size(); ++i) {
    const TaskSpec& task = instance.plan.tasks[i];
    TrueDuration& duration = plan.durations.emplace_back();
    const Millis assumed = parents.contains(task.id) ? 0 : plan.settings.default_estimate_ms;
    duration.any = task.estimate_ms.value_or(assumed);
    if (!instance.durations.empty()) duration.by_worker = std::move(instance.durations[i]);
  }
  plan.machines = std::move(instance.plan.machines);
  plan.workers = std::move(instance.plan.workers);
  plan.tasks = std::move(instance.plan.tasks);
  for (TaskSpec& task : plan.tasks) task.secrets.clear();
  plan.gates = std::move(instance.plan.gates);
  plan.phases = std::move(instance.plan.phases);
  plan.order = enum_of<SimulationOrder>(options.order).value_or(SimulationOrder::pool);
  if (options.workers > 0) replace_workers(plan, options.workers);
  if (plan.workers.empty()) {
    return Error{"usage", "the plan names no workers; say how many: --workers N", options.file};
  }
  SeededNumbers numbers(options.seed);
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    plan.chances.push_back(numbers.next());
    if (options.noise == 0) continue;
    const double factor = std::exp(options.noise * numbers.normal());
    const double told = static_cast<double>(plan.durations[i].any) * factor;
    constexpr auto longest = static_cast<double>(limits::longest_duration);
    plan.tasks[i].estimate_ms = std::llround(std::min(told, longest));
  }
  return plan;
}

Result<Simulation> simulate_file(const SimulateOptions& options) {
  SimulatedPlan plan = TRY(simulated_plan(TRY(read_simulated(options)), options));
  Result<Simulation> run = simulate(plan);
  if (!run.ok() && run.error().where.empty()) {
    return Error{run.error().code, run.error().message, options.file};
  }
  return run;
}

ExitCode show_simulation(Session& session, const SimulateOptions& options) {
  const Result<Simulation> run = simulate_file(options);
  if (!run.ok()) return session.failed(run.error());
  if (!options.svg.empty()) {
    const Status written = write_file_atomic(options.svg, simulation_svg(*run), 0644);
    if (!written.ok()) return session.failed(written.error());
  }
  if (!session.json) {
    constexpr int piped_width = 100;
    const int width = session.style().width;
    session.print(simulation_text(*run, width > 0 ? width : piped_width));
    return ExitCode::done;
  }
  std::string text;
  append_value(text, *run);
  const Result<Json> json = parse_json(text);
  return json.ok() ? session.done(*json, "") : session.failed(json.error());
}

}  // namespace

Action add_plan_simulate(CLI::App* part) {
  const auto options = std::make_shared<SimulateOptions>();
  std::vector<std::string> formats{"evener"};
  for (const std::string_view name : EnumNames<InstanceFormat>::names) formats.emplace_back(name);
  constexpr std::int64_t most_workers = 1000;
  part->add_option("file", options->file, "The plan's file")->type_name("FILE")->required();
  part->add_option("--format", options->format, "evener (any plan that import reads), or of whom")
      ->check(CLI::IsMember(formats));
  part->add_option("--line", options->line, "Of files with an instance a line: which")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, tasks_per_instance));
  part->add_option(
          "--workers", options->workers, "So many who can do everything, not the plan's own"
  )
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, most_workers));
  part->add_option(
          "--noise",
          options->noise,
          "What the order is told of durations is wrong by factors exp(SIGMA x normal)"
  )
      ->type_name("SIGMA")
      ->check(CLI::Range(0.0, 10.0));
  part->add_option("--seed", options->seed, "Of noise and chance; 1 unless said")->type_name("S");
  part->add_option("--order", options->order, "Who goes first: the pool's order, or one to compare")
      ->check(CLI::IsMember(std::vector<std::string>(
          EnumNames<SimulationOrder>::names.begin(), EnumNames<SimulationOrder>::names.end()
      )));
  part->add_option("--svg", options->svg, "Draw the timeline into this file")->type_name("FILE");
  return [options](Session& session) { return show_simulation(session, *options); };
}

}  // namespace evener
