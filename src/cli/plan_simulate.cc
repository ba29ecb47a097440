// `evener plan simulate`: a plan, or a published instance, played on a virtual clock.
#include <fmt/format.h>

#include <charconv>
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
  std::vector<std::string> lose;
  std::vector<std::string> join;
  std::vector<std::string> slow;
  std::string lease;
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

// "NAME@TIME" or "NAME=FACTOR", of a worker of the plan.
struct OfWorker {
  std::size_t worker = 0;
  std::string value = {};
};

Result<OfWorker> read_of_worker(
    const SimulatedPlan& plan, const std::string& text, char separator, const std::string& flag
) {
  const std::size_t at = text.rfind(separator);
  if (at == std::string::npos) {
    const std::string_view value = separator == '@' ? "TIME" : "FACTOR";
    return Error{"usage", fmt::format("'{}' is no WORKER{}{}", text, separator, value), flag};
  }
  const std::string name = text.substr(0, at);
  const auto found = std::ranges::find(plan.workers, name, &WorkerSpec::name);
  if (found == plan.workers.end()) {
    return Error{
        "unknown_worker",
        fmt::format(
            "no worker of the plan is called '{}'; the first is {}", name, plan.workers[0].name
        ),
        flag
    };
  }
  return OfWorker{static_cast<std::size_t>(found - plan.workers.begin()), text.substr(at + 1)};
}

Status add_changes(
    SimulatedPlan& plan, const std::vector<std::string>& texts, const std::string& flag, bool comes
) {
  for (const std::string& text : texts) {
    const OfWorker read = TRY(read_of_worker(plan, text, '@', flag));
    const auto is_same = [&](const SimulatedChange& other) {
      return other.worker == read.worker && other.comes == comes;
    };
    if (std::ranges::any_of(plan.changes, is_same)) {
      return Error{"usage", fmt::format("'{}' names that worker twice", text), flag};
    }
    plan.changes.push_back({read.worker, TRY(parse_duration(read.value)), comes});
  }
  return Done{};
}

Status slow_down(SimulatedPlan& plan, const std::vector<std::string>& texts) {
  constexpr double most = 1000;
  for (const std::string& text : texts) {
    const OfWorker read = TRY(read_of_worker(plan, text, '=', "--slow"));
    double factor = 0;
    const auto [end, error] =
        std::from_chars(read.value.data(), read.value.data() + read.value.size(), factor);
    const bool is_number = error == std::errc() && end == read.value.data() + read.value.size();
    if (!is_number || !(factor >= 1 / most && factor <= most)) {
      return Error{
          "usage", fmt::format("'{}' is no factor from 0.001 to 1000", read.value), "--slow"
      };
    }
    for (TrueDuration& duration : plan.durations) {
      if (duration.by_worker.empty()) duration.by_worker.assign(plan.workers.size(), duration.any);
      Millis& takes = duration.by_worker[read.worker];
      takes = std::llround(static_cast<double>(takes) * factor);
    }
  }
  return Done{};
}

Status change_workers(SimulatedPlan& plan, const SimulateOptions& options) {
  TRY(add_changes(plan, options.join, "--join", true));
  TRY(add_changes(plan, options.lose, "--lose", false));
  for (const SimulatedChange& change : plan.changes) {
    const bool leaves_first = std::ranges::any_of(plan.changes, [&](const SimulatedChange& other) {
      return change.comes && !other.comes && other.worker == change.worker &&
             other.at_ms <= change.at_ms;
    });
    if (!leaves_first) continue;
    return Error{
        "usage",
        fmt::format("{} is lost before it joins", plan.workers[change.worker].name),
        "--lose"
    };
  }
  if (!options.lease.empty()) plan.lease_ms = TRY(parse_duration(options.lease));
  return slow_down(plan, options.slow);
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
  TRY(change_workers(plan, options));
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
  const auto add_list = [&](const char* name, auto& list, const char* type, const char* help) {
    part->add_option(name, list, help)->type_name(type)->allow_extra_args(false);
  };
  add_list("--lose", options->lose, "WORKER@TIME", "The worker is lost then; may be repeated");
  add_list("--join", options->join, "WORKER@TIME", "It comes only then; may be repeated");
  add_list(
      "--slow", options->slow, "WORKER=FACTOR", "It takes so many times as long; may be repeated"
  );
  add_duration(
      part, "--lease", options->lease, "After this what a lost worker held is offered again; 30s"
  );
  part->add_option("--svg", options->svg, "Draw the timeline into this file")->type_name("FILE");
  return [options](Session& session) { return show_simulation(session, *options); };
}

}  // namespace evener
