// `evener plan check`: findings and figures of a plan or of the pool.
#include <fmt/format.h>

#include "cli/held_pool.h"
#include "cli/import_order.h"
#include "cli/plan_file.h"
#include "cli/plan_source.h"
#include "cli/plan_verb.h"
#include "core/plan_findings.h"
#include "model/capability.h"
#include "views/plan_text.h"

namespace evener {
namespace {

struct CheckOptions {
  PlanSourceFlags source;
  std::string output;
  std::vector<std::string> worker_caps;  // of one worker each
  std::int64_t workers = 0;
  bool fix = false;
};

// A file that names a task twice, or tasks in a circle, where its reader sees that itself: findings
// as well. Nothing else can be said of it, and of any other file that cannot be read nothing at
// all.
std::optional<PlanExamination> unreadable(const std::vector<Error>& problems) {
  if (problems.empty()) return std::nullopt;
  PlanExamination out;
  for (const Error& error : problems) {
    if (error.code != "duplicate_id" && error.code != "cycle" && error.code != "need_missing") {
      return std::nullopt;
    }
    const std::string reason = error.where + ": " + error.message;
    out.findings.push_back({PlanSeverity::error, error.code, {}, reason, "change the file there"});
  }
  out.errors = static_cast<std::int64_t>(out.findings.size());
  return out;
}

// "gpu,docker" as a worker.
WorkerSpec worker_with(const std::string& capabilities, std::size_t number) {
  WorkerSpec worker{.name = fmt::format("worker-{}", number)};
  for (std::size_t at = 0; at <= capabilities.size();) {
    const std::size_t comma = std::min(capabilities.find(',', at), capabilities.size());
    if (comma > at) worker.capabilities.push_back(capabilities.substr(at, comma - at));
    at = comma + 1;
  }
  return worker;
}

// Nothing is asked of phases and gates of the pool: evener phases says which are open.
void know_gates(const Plan& plan, PlanToExamine& question) {
  for (const PhaseSpec& phase : plan.phases) question.gates_known.insert(phase.id);
  for (const GateSpec& gate : plan.gates) question.gates_known.insert(gate.id);
}

// What a file leaves open is as the pool has it, if there is one: tasks that it needs and does not
// describe, settings, workers, phases and gates.
void take_from_pool(Session& session, const Plan& plan, PlanToExamine& question) {
  const bool knows_workers = !question.workers.empty() || !question.machines.empty();
  const bool is_whole = plan.settings && knows_workers && missing_from(plan.tasks).empty();
  if (is_whole && plan.phases.empty()) return;
  const Result<Client*> client = session.client();
  if (!client.ok()) {
    if (client.error().code != "pool_missing")
      session.say("note: " + safe_text(client.error().text()));
    return;
  }
  Result<HeldPool> held = read_held_pool(**client);
  if (!held.ok()) {
    session.say("note: " + safe_text(held.error().text()));
    return;
  }
  for (const TaskSpec& task : held->plan.tasks) question.elsewhere.insert(task.id);
  for (const TaskSpec& task : question.tasks) {
    for (const Need& need : task.needs) {
      if (held->state(need.task) == "cancelled") question.cancelled[need.task].push_back(task.id);
    }
  }
  know_gates(held->plan, question);
  if (!plan.settings && held->plan.settings) question.settings = *held->plan.settings;
  if (knows_workers) return;
  question.workers = std::move(held->plan.workers);
  question.machines = std::move(held->plan.machines);
}

PlanToExamine question_of(Session& session, const PlanSource& source, const CheckOptions& options) {
  PlanToExamine question{
      .tasks = source.unfinished,
      .phases = source.plan.phases,
      .gates = source.plan.gates,
      .workers = source.plan.workers,
      .machines = source.plan.machines,
      .cancelled = source.cancelled
  };
  if (!options.worker_caps.empty()) {
    question.workers.clear();
    question.machines.clear();
    for (const std::string& capabilities : options.worker_caps) {
      question.workers.push_back(worker_with(capabilities, question.workers.size() + 1));
    }
    question.most_workers = static_cast<std::int64_t>(question.workers.size());
  }
  if (options.workers > 0) question.most_workers = options.workers;
  if (source.plan.settings) question.settings = *source.plan.settings;
  for (const TaskSpec& task : source.plan.tasks) question.elsewhere.insert(task.id);
  for (const TaskSpec& task : source.plan.tasks) question.gates_known.insert(task.phase);
  if (source.is_pool) {
    know_gates(source.plan, question);
  } else {
    take_from_pool(session, source.plan, question);
  }
  return question;
}

// ---- --fix -------------------------------------------------------------------------------------

struct Fixed {
  std::string text = {};  // for people
  JsonObject json = {};
};

std::string drop_need_command(const SpareNeed& need) {
  return fmt::format("evener edit {} --drop-need {}", need.task, need.need);
}

Fixed fix_commands(const std::vector<SpareNeed>& spare) {
  Fixed out{.text = spare.empty() ? "nothing to fix" : "to fix it:"};
  JsonArray commands;
  for (const SpareNeed& need : spare) {
    out.text += "\n  " + drop_need_command(need);
    commands.emplace_back(drop_need_command(need));
  }
  out.json["commands"] = std::move(commands);
  return out;
}

void drop_spare_needs(std::vector<TaskSpec>& tasks, const std::vector<SpareNeed>& spare) {
  std::map<std::string_view, std::set<std::string_view>> dropped;
  for (const SpareNeed& need : spare) dropped[need.task].insert(need.need);
  for (TaskSpec& task : tasks) {
    const auto found = dropped.find(task.id);
    if (found == dropped.end()) continue;
    std::erase_if(task.needs, [&](const Need& need) { return found->second.contains(need.task); });
  }
}

Result<Fixed> fix_file(
    PlanSource& source, const CheckOptions& options, const std::vector<SpareNeed>& spare
) {
  const std::string file = options.output.empty() ? options.source.file : options.output;
  if (file == "-") return Error{"usage", "where to write it: --fix --output FILE", "--fix"};
  const PlanFormat format = plan_format(source.text, options.source.file, options.source.format());
  if (format != PlanFormat::toml && format != PlanFormat::json) {
    return Error{
        "usage",
        fmt::format(
            "a plan in the format {} is not written back; expected toml or json, which an import "
            "and evener export make of it",
            name_of(format)
        ),
        options.source.file
    };
  }
  Fixed out;
  out.json["dropped"] = spare.size();
  if (spare.empty() && options.output.empty()) {
    out.text = "nothing to fix; " + file + " stays as it is";
    return out;
  }
  drop_spare_needs(source.plan.tasks, spare);
  const bool stays_json = format == PlanFormat::json && !is_toml_file(options.output);
  const bool is_json = stays_json || is_json_file(options.output);
  const std::string text = is_json ? write_plan_json(source.plan) : write_plan_toml(source.plan);
  TRY(write_plan_file(file, text));
  out.json["file"] = file;
  out.text = fmt::format(
      "dropped {} need{}; wrote {} anew, without its comments and with [defaults] spelled out",
      spare.size(),
      spare.size() == 1 ? "" : "s",
      file
  );
  return out;
}

// ---- the whole ---------------------------------------------------------------------------------

ExitCode tell_findings(
    Session& session,
    const std::string& source,
    const PlanExamination& examined,
    const std::optional<Fixed>& fixed
) {
  Json json;
  if (session.json) {
    json = parse_json(to_json_text(examined)).value();
    json.get_object()["source"] = source;
    if (fixed) json.get_object()["fix"] = fixed->json;
  }
  std::string text = session.json ? "" : plan_text(source, examined, session.style());
  if (fixed) text += "\n" + safe_text(fixed->text) + "\n";
  session.done(json, text);
  return examined.errors > 0 ? ExitCode::refused : ExitCode::done;
}

ExitCode check_plan(Session& session, const CheckOptions& options) {
  if (!options.output.empty() && !options.fix) {
    return session.failed({"usage", "--output goes with --fix", "--output"});
  }
  for (const std::string& capabilities : options.worker_caps) {
    const Status sound = check_offered(
        worker_with(capabilities, 1).capabilities, Path{nullptr, "--worker-caps", -1}
    );
    if (!sound.ok()) return session.failed(sound.error());
  }
  const std::string& file = options.source.file;
  const Result<std::string> text = file.empty() ? Result<std::string>("") : read_plan_text(file);
  if (!text.ok()) return session.failed(text.error());
  Result<PlanSource> source = file.empty() ? plan_source_of_pool(session)
                                           : plan_source_of(*text, file, options.source.format());
  if (!source.ok()) {
    std::vector<Error> problems;
    if (!file.empty()) problems = plan_problems(*text, file, options.source.format());
    const std::optional<PlanExamination> found = unreadable(problems);
    if (found) return tell_findings(session, file, *found, std::nullopt);
    const ExitCode told = session.failed(source.error());
    for (std::size_t i = 1; i < problems.size(); ++i) {
      session.say("error: " + safe_text(problems[i].text()));
    }
    return told;
  }
  for (const std::string& notice : source->plan.notices) session.say("note: " + safe_text(notice));
  const PlanExamination examined = examine_plan(question_of(session, *source, options));
  std::optional<Fixed> fixed;
  if (options.fix && source->is_pool) {
    fixed = fix_commands(examined.spare_needs);
  } else if (options.fix) {
    Result<Fixed> written = fix_file(*source, options, examined.spare_needs);
    if (!written.ok()) return session.failed(written.error());
    fixed = std::move(*written);
  }
  return tell_findings(session, source->name, examined, fixed);
}

}  // namespace

Action add_plan_check(CLI::App* part) {
  const auto options = std::make_shared<CheckOptions>();
  options->source.add_to(part);
  part->add_option("--workers", options->workers, "At most so many (else all that can be of use)")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  part->add_option(
          "--worker-caps",
          options->worker_caps,
          "What a worker can do, separated by commas (repeat for each); instead of those known"
  )
      ->type_name("CAPABILITIES")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  part->add_flag(
      "--fix", options->fix, "Drop redundant needs: writes the file anew; of a pool, the commands"
  );
  part->add_option(
          "-o,--output", options->output, "With --fix: into this file; JSON or TOML by its name"
  )
      ->type_name("FILE");
  return [options](Session& session) { return check_plan(session, *options); };
}

}  // namespace evener
