#include <fmt/format.h>

#include "base/file.h"
#include "cli/task_flags.h"
#include "cli/verb.h"
#include "formats/plan.h"

namespace evener {
namespace {

struct ScheduleOptions {
  ScheduleSpec spec;
  std::string every;
  std::string file;
  std::string title;
  TaskFlags task;
};

// The one task that the file describes, without its id.
Result<TaskSpec> read_template(const std::string& file) {
  const Plan plan = TRY(read_plan(TRY(read_file(file)), file));
  if (plan.tasks.size() != 1) {
    return Error{
        "bad_value",
        fmt::format("{} tasks; the template of a schedule is one", plan.tasks.size()),
        file
    };
  }
  TaskSpec task = plan.tasks.front();
  if (task.title.empty()) task.title = task.id;
  task.id.clear();
  return task;
}

// Flags over the file's task.
Result<TaskSpec> read_task(const ScheduleOptions& options) {
  TaskSpec task;
  if (!options.file.empty()) task = TRY(read_template(options.file));
  const Json held = TRY(parse_json(to_json_text(task)));
  JsonObject whole = held.get_object();
  const JsonObject flags = TRY(options.task.members());
  for (const auto& [name, value] : flags) whole[name] = value;
  if (!options.title.empty()) whole["title"] = options.title;
  return from_json<TaskSpec>(Json(std::move(whole)), "task");
}

Result<ScheduleSpec> read_spec(const ScheduleOptions& options) {
  ScheduleSpec spec = options.spec;
  if (spec.stopped) return spec;
  if (const Millis every = TRY(duration_of(options.every)); every > 0) spec.every_ms = every;
  spec.task = TRY(read_task(options));
  return spec;
}

ExitCode set_schedule(Session& session, const ScheduleOptions& options) {
  Result<ScheduleSpec> spec = read_spec(options);
  if (!spec.ok()) return session.failed(spec.error());
  const std::string said =
      fmt::format("{} the schedule {}", spec->stopped ? "stopped" : "described", spec->id);
  return session.give(SetSchedule{std::move(*spec)}, [&](const Json&) { session.print(said); });
}

}  // namespace

void add_schedule(CommandLine& line) {
  const auto options = std::make_shared<ScheduleOptions>();
  CLI::App* const verb = line.add(
      "schedule",
      "Describe a task that comes again, after an interval or when something happens",
      "  evener schedule status --every 2h --title 'Say where it stands'\n"
      "  evener schedule merge --on 'task_done:feature-*' --template merge.toml\n"
      "  evener schedule smoke --on gate_opened:deploy --run scripts/smoke\n"
      "  evener schedule status --stop",
      [options](Session& session) { return set_schedule(session, *options); }
  );
  ScheduleSpec& spec = options->spec;
  verb->add_option("schedule", spec.id, "Its id; its tasks are ID-1, ID-2, ...")
      ->type_name("ID")
      ->required();
  add_duration(verb, "--every", options->every, "So long after one was added the next is");
  verb->add_option("--on", spec.on, "gate_opened:ID, phase_opened:ID, task_done:GLOB (repeat)")
      ->type_name("FACT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--template", options->file, "A plan with the one task that is to come again")
      ->type_name("FILE");
  verb->add_option("--title", options->title, "One line")->type_name("TEXT");
  options->task.add_to(verb);
  verb->add_flag("--stop", spec.stopped, "No more of it; what is open stays");
}

}  // namespace evener
