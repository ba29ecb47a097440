#include <fmt/format.h>

#include "cli/kept_files.h"
#include "cli/verb.h"
#include "views/status.h"

namespace evener {
namespace {

struct ConfigureOptions {
  std::int64_t retries = -1;
  std::string backoff;
  std::string backoff_cap;
  std::string age_limit;
  std::string default_estimate;
  std::int64_t lapse_limit = -1;
  std::int64_t fail_limit = -1;
  std::string stall;
  std::string escalate;
  std::string report_every;
  std::int64_t message_days = 0;
  std::string learn;
  std::string placement;
  std::vector<std::string> escalate_to;
  std::string goal;
  std::vector<std::string> resources;
  CLI::Option* dashboard_option = nullptr;
  CLI::Option* claims_option = nullptr;
  CLI::Option* status_option = nullptr;
  CLI::Option* branch_option = nullptr;
  std::string dashboard_file;
  std::string claims_dir;
  std::string status_dir;
  std::string status_branch;
};

Status keep(const Session& session, const ConfigureOptions& options) {
  const PoolFolder folder = TRY(session.own_folder());
  FolderConfig config = TRY(read_config(folder));
  if (options.dashboard_option->count() > 0)
    config.dashboard_file = absolute_path(options.dashboard_file);
  if (options.claims_option->count() > 0) config.claims_dir = absolute_path(options.claims_dir);
  if (options.status_option->count() > 0) config.status_dir = absolute_path(options.status_dir);
  if (options.branch_option->count() > 0) config.status_branch = options.status_branch;
  return write_config(folder, config);
}

// From now on the files are there, also if no fact has changed.
void show_files(const Session& session, const ConfigureOptions& options) {
  if (options.status_dir.empty()) return;
  const Result<PoolFolder> folder = session.own_folder();
  const Result<FolderConfig> config = folder.ok() ? read_config(*folder) : folder.error();
  const Result<StatusChange> change =
      config.ok() ? refresh_status(*folder, *config, config->status_dir) : config.error();
  if (!change.ok()) return session.say("warning: " + change.error().text());
  for (const Error& problem : change->problems) session.say("warning: " + problem.text());
}

// The settings as they are, with what was given changed.
Result<Configure> configuration(Session& session, const ConfigureOptions& options) {
  Client* const client = TRY(session.client());
  Query query;
  query.kind = QueryKind::plan;
  query.filter.limit = 1;
  const auto plan = TRY(ask_for<PlanView>(*client, query));
  Configure command{.card = plan.pool, .settings = plan.settings};
  if (!options.goal.empty()) command.card->goal = options.goal;
  if (options.retries >= 0) command.settings->retries = options.retries;
  if (options.lapse_limit >= 0) command.settings->lapse_limit = options.lapse_limit;
  if (options.fail_limit >= 0) command.settings->fail_limit = options.fail_limit;
  if (!options.escalate_to.empty()) command.settings->escalate_to = options.escalate_to;
  const auto set = [](const std::string& given, Millis& setting) -> Status {
    if (!given.empty()) setting = TRY(parse_duration(given));
    return Done{};
  };
  for (const std::string& resource : options.resources) {
    std::vector<std::string>& known = command.settings->resources;
    const std::string name = resource.substr(0, resource.rfind('=') + 1);
    std::erase_if(known, [&](const std::string& old) { return old.starts_with(name); });
    known.push_back(resource);
  }
  TRY(set(options.backoff, command.settings->backoff_ms));
  TRY(set(options.backoff_cap, command.settings->backoff_cap_ms));
  TRY(set(options.age_limit, command.settings->age_limit_ms));
  TRY(set(options.default_estimate, command.settings->default_estimate_ms));
  TRY(set(options.escalate, command.settings->escalate_ms));
  TRY(set(options.stall, command.settings->stall_ms));
  TRY(set(options.report_every, command.settings->report_every_ms));
  if (options.message_days > 0) command.settings->message_days = options.message_days;
  if (!options.learn.empty()) command.settings->learn = options.learn == "true";
  if (const auto placement = enum_of<Placement>(options.placement)) {
    command.settings->placement = *placement;
  }
  return command;
}

bool names_files(const ConfigureOptions& options) {
  return options.dashboard_option->count() + options.claims_option->count() +
             options.status_option->count() + options.branch_option->count() >
         0;
}

ExitCode configure(Session& session, const ConfigureOptions& options) {
  if (names_files(options)) {
    const Status kept = keep(session, options);
    if (!kept.ok()) return session.failed(kept.error());
  }
  Result<Configure> command = configuration(session, options);
  if (!command.ok()) return session.failed(command.error());
  const ExitCode code =
      session.give(std::move(*command), [&](const Json&) { session.print("configured"); });
  show_files(session, options);
  return code;
}

}  // namespace

void add_configure(CommandLine& line) {
  const auto options = std::make_shared<ConfigureOptions>();
  CLI::App* const verb = line.add(
      "configure",
      "Change how the pool behaves; what is left out stays",
      "  evener configure --retries 5 --backoff 10s\n"
      "  evener configure --escalate 30m --escalate-to role:coordinator,team:ops\n"
      "  evener configure --fail-limit 3 --stall 1h\n"
      "  evener configure --report-every 30m --message-days 3\n"
      "  evener configure --placement pack\n"
      "  evener configure --dashboard-file /tmp/coordination_dashboard.json --claims-dir "
      "/tmp/claims\n"
      "  evener configure --status-dir status",
      [options](Session& session) { return configure(session, *options); }
  );
  verb->add_option("--retries", options->retries, "Retries of a task that names none")
      ->type_name("N")
      ->check(whole_number);
  add_duration(verb, "--backoff", options->backoff, "Wait after a first failure, then doubled");
  add_duration(verb, "--backoff-cap", options->backoff_cap, "Longest such wait");
  add_duration(verb, "--age-limit", options->age_limit, "Ready for longer than this goes first");
  add_duration(verb, "--default-estimate", options->default_estimate, "Of a task that has none");
  verb->add_option(
          "--learn", options->learn, "true: the order of claims goes by learned durations; or false"
  )
      ->check(CLI::IsMember({"true", "false"}));
  verb->add_option(
          "--placement",
          options->placement,
          "Of workers that wait and could do a task alike, the one on the machine that does least "
          "(spread), or most (pack)"
  )
      ->check(CLI::IsMember({"spread", "pack"}));
  verb->add_option(
          "--lapse-limit",
          options->lapse_limit,
          "A task whose lease lapses so often in a row is held; 0: never"
  )
      ->type_name("N")
      ->check(whole_number);
  verb->add_option(
          "--fail-limit",
          options->fail_limit,
          "A worker that fails so many different tasks in a row is set aside; 0: never"
  )
      ->type_name("N")
      ->check(whole_number);
  add_duration(
      verb,
      "--stall",
      options->stall,
      "Without progress for so long a running task is said to be stalled; 0s: never"
  );
  add_duration(
      verb,
      "--escalate",
      options->escalate,
      "After so long a blocker of high severity escalates; 0s: none"
  );
  verb->add_option(
          "--escalate-to",
          options->escalate_to,
          "Who is asked, one after another, once a blocker's owner was"
  )
      ->type_name("WHO")
      ->delimiter(',');
  verb->add_option("--resource", options->resources, "How much there is of a resource: gpu=2")
      ->type_name("NAME=N")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_duration(
      verb,
      "--report-every",
      options->report_every,
      "How often a worker reports while it holds a task; 0s: not"
  );
  verb->add_option(
          "--message-days",
          options->message_days,
          "For how many days a message is kept that somebody has not acknowledged; 7"
  )
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, limits::longest_message_days));
  verb->add_option("--goal", options->goal, "What is to be reached")->type_name("TEXT");
  options->dashboard_option = verb->add_option(
                                      "--dashboard-file",
                                      options->dashboard_file,
                                      "A file kept in the framework's form; '' for none"
  )
                                  ->type_name("FILE");
  options->claims_option = verb->add_option(
                                   "--claims-dir",
                                   options->claims_dir,
                                   "A folder with a file for every claimed task; '' for none"
  )
                               ->type_name("DIR");
  options->status_option =
      verb->add_option(
              "--status-dir",
              options->status_dir,
              "A folder of Markdown files that people read and write; '' for none"
      )
          ->type_name("DIR");
  options->branch_option = verb->add_option(
                                   "--status-branch",
                                   options->status_branch,
                                   "A Git branch to which these are committed; '' for none"
  )
                               ->type_name("NAME");
}

}  // namespace evener
