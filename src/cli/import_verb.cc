#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <utility>

#include "base/file.h"
#include "cli/import_plan.h"
#include "cli/import_preview.h"
#include "cli/import_watch.h"
#include "cli/plan_locks.h"
#include "cli/verb.h"
#include "formats/dashboard.h"
#include "formats/kept_measures.h"
#include "formats/plan.h"

namespace evener {
namespace {

struct ImportOptions {
  std::string file;
  std::string format = "detect";
  bool strict = false;
  bool dry_run = false;
  bool follow = false;
  bool watch = false;
};

struct ReadPlan {
  Plan plan;
  bool is_task_pool = false;  // the framework's: only a task's status tells whose it is
};

Result<Plan> read_claims_folder(const std::string& path) {
  std::vector<ClaimFile> files;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(path, problem)) {
    if (!entry.is_regular_file()) continue;
    files.push_back({entry.path().filename().string(), TRY(read_file(entry.path().string()))});
  }
  if (problem) return Error{"file_missing", problem.message(), path};
  return read_claims(std::move(files));
}

Result<ReadPlan> read_text(const ImportOptions& options, const std::string& text) {
  const PlanFormat asked = enum_of<PlanFormat>(options.format).value_or(PlanFormat::detect);
  ReadPlan read{.plan = TRY(read_plan(text, options.file, asked, {.strict = options.strict}))};
  const PlanFormat format = plan_format(text, options.file, asked);
  read.is_task_pool = format == PlanFormat::framework_json || format == PlanFormat::framework_jsonl;
  return read;
}

Result<ReadPlan> read_source(const ImportOptions& options) {
  std::error_code ignored;  // what cannot be looked at cannot be read either
  if (std::filesystem::is_directory(options.file, ignored)) {
    return ReadPlan{.plan = TRY(read_claims_folder(options.file))};
  }
  return read_text(options, TRY(read_file(options.file)));
}

void leave_out_foreign_locks(Plan& plan, const HeldPool& held) {
  const std::size_t count = leave_out_locks(plan, held);
  if (count == 0) return;
  plan.notices.push_back(fmt::format(
      "{} of the file's tasks held locks where it was written, and {} left out",
      count,
      count == 1 ? "is" : "are"
  ));
}

// The plan as far as it says something to this pool: a task of the framework without a status stays
// reserved for whom it is here.
Plan fitted(ReadPlan read, const HeldPool& held) {
  Plan plan = std::move(read.plan);
  leave_out_foreign_locks(plan, held);
  if (!read.is_task_pool) return plan;
  std::set<std::string> stated;
  for (const ImportedState& state : plan.states) stated.insert(state.task);
  for (TaskSpec& task : plan.tasks) {
    const TaskSpec* const known = held.find(task.id);
    if (known != nullptr && !stated.contains(task.id)) task.assignee = known->assignee;
  }
  return plan;
}

void say_all(Session& session, const std::vector<std::string>& notices) {
  for (const std::string& notice : notices) session.say("note: " + safe_text(notice));
}

// What of a plan has no place in a pool, so that nobody believes it was taken over.
void say_left_out(Session& session, const Plan& plan) {
  if (!plan.unread.empty()) {
    session.say(
        fmt::format("note: {} lines were not understood; --dry-run names them", plan.unread.size())
    );
  }
  for (const StatedMeasure& measure : kept_measures(plan.measures).left) {
    session.say(fmt::format(
        "note: line {}: {} holds no number, and is not kept as a measure",
        measure.line,
        safe_text(measure.name)
    ));
  }
}

// Without a pool, everything would be new.
ExitCode preview(Session& session, ReadPlan source) {
  const Result<Client*> client = session.client();
  HeldPool held;
  if (client.ok()) {
    Result<HeldPool> read = read_held_pool(**client);
    if (!read.ok()) return session.failed(read.error());
    held = std::move(*read);
  } else if (client.error().code != "pool_missing") {
    return session.failed(client.error());
  }
  Plan plan = fitted(std::move(source), held);
  const std::vector<std::string> measures = stated_and_listed(plan);
  reconcile(plan, held);
  say_all(session, plan.notices);
  const Status accepted = check_import(plan, held);
  if (!accepted.ok()) return session.failed(accepted.error());
  const ImportDifference found = difference(plan, held);
  return session.done(preview_json(plan, found, measures), preview_text(plan, found, measures));
}

// `is_told`: whether what there is to say of the plan was said, when it was tried before.
Result<Imported> import_into(Session& session, ReadPlan read, bool& is_told) {
  Client* const client = TRY(session.client());
  const HeldPool held = TRY(held_for(*client, read.plan));
  Plan plan = fitted(std::move(read), held);
  reconcile(plan, held);
  const bool was_told = std::exchange(is_told, true);
  if (!was_told) {
    say_all(session, plan.notices);
    say_left_out(session, plan);
  }
  Imported imported;
  const Status done = import_plan(*client, std::move(plan), held, imported);
  if (!was_told || done.ok()) say_all(session, imported.notices);
  if (!done.ok()) return done.error();
  return imported;
}

std::string text_of(const Imported& imported) {
  std::string text = fmt::format(
      "added {}, changed {}, unchanged {}", imported.added, imported.changed, imported.unchanged
  );
  const auto also = [&](std::string_view what, std::size_t count) {
    if (count > 0) text += fmt::format(", {} {}", what, count);
  };
  also("states", imported.states);
  also("notes", imported.notes);
  also("measures", imported.measures);
  also("schedules", imported.schedules);
  also("card", imported.card);
  also("settings", imported.settings);
  return text;
}

JsonObject json_of(const Imported& imported) {
  JsonObject json{
      {"added", imported.added}, {"changed", imported.changed}, {"unchanged", imported.unchanged}
  };
  if (imported.states > 0) json["states"] = imported.states;
  if (imported.notes > 0) json["notes"] = imported.notes;
  if (imported.measures > 0) json["measures"] = imported.measures;
  if (imported.schedules > 0) json["schedules"] = imported.schedules;
  if (imported.card > 0) json["card"] = imported.card;
  if (imported.settings > 0) json["settings"] = imported.settings;
  return json;
}

ExitCode import_once(Session& session, const ImportOptions& options) {
  Result<ReadPlan> plan = read_source(options);
  if (!plan.ok()) return session.failed(plan.error());
  if (options.dry_run) return preview(session, std::move(*plan));
  bool is_told = false;
  const Result<Imported> imported = import_into(session, std::move(*plan), is_told);
  if (!imported.ok()) return session.failed(imported.error());
  return session.done(json_of(*imported), text_of(*imported));
}

ExitCode import_watching(Session& session, const ImportOptions& options) {
  const Result<Client*> client = session.client();
  if (!client.ok()) return session.failed(client.error());
  bool is_told = false;
  return watch_file(session, options.file, [&](const std::string& text, bool is_again) -> Status {
    if (!is_again) is_told = false;
    ReadPlan plan = TRY(read_text(options, text));
    const Imported imported = TRY(import_into(session, std::move(plan), is_told));
    session.done(json_of(imported), text_of(imported));
    return Done{};
  });
}

ExitCode import_file(Session& session, const ImportOptions& options) {
  const int ways = (options.follow ? 1 : 0) + (options.watch ? 1 : 0) + (options.dry_run ? 1 : 0);
  if (ways > 1) {
    return session.failed({"usage", "one of --dry-run, --follow and --watch at a time"});
  }
  if (options.watch) return import_watching(session, options);
  if (options.follow) return follow_lines(session, options.file, {.strict = options.strict});
  return import_once(session, options);
}

}  // namespace

void add_import(CommandLine& line) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* const verb = line.add(
      "import",
      "Import a plan; importing it again changes only what differs",
      "  evener import plan.toml\n"
      "  evener import tasks.json            (Task Master's)\n"
      "  evener import STATUS.md --dry-run\n"
      "  evener import STATUS.md --watch\n"
      "  evener import pool.json --strict\n"
      "  evener import --follow /tmp/task_pool.jsonl\n"
      "  evener import /tmp/claims",
      [options](Session& session) { return import_file(session, *options); }
  );
  verb->add_option("file", options->file, "The plan's file, or a folder of claims")
      ->type_name("FILE")
      ->required();
  verb->add_option("--format", options->format, "Its format, if it is not seen")
      ->check(CLI::IsMember(std::vector<std::string>(
          EnumNames<PlanFormat>::names.begin(), EnumNames<PlanFormat>::names.end()
      )));
  verb->add_flag(
      "--strict",
      options->strict,
      "Capabilities of the framework's pool are required, not preferred"
  );
  verb->add_flag("--dry-run", options->dry_run, "Show what would change, and change nothing");
  verb->add_flag("--follow", options->follow, "Add lines of a JSONL file as they appear");
  verb->add_flag("--watch", options->watch, "Import the file again whenever it changes");
}

}  // namespace evener
